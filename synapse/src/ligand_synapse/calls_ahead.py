"""Calls a hook for several events of a list together, although Synapse awaits one after the other.

Synapse awaits `add_field_to_unsigned_callback` for each event that a client is shown, before it
goes on to the next. One by one, each of them would wake up two processes, which costs several times
what the callback does.
"""

import logging
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

from synapse.module_api import EventBase, ModuleApi

from .bridge import Bridge
from .hooks import Hook
from .sent_call import SentCall

logger = logging.getLogger(__name__)

# How many events of a list callbacks are called for concurrently: as many as most lists have. More
# would keep Synapse from other requests for longer than a millisecond while they're encoded.
TOGETHER = 25


class CallsAhead:
    """Calls one hook for the next events of a list as soon as Synapse asks about one of them."""

    def __init__(self, bridge: Bridge, hook: Hook) -> None:
        self._bridge = bridge
        self._hook = hook
        self._list: ContextVar[EventList | None] = ContextVar("events", default=None)

    def watch(self, api: ModuleApi) -> None:
        """Learns of the lists of events that Synapse shows to clients.

        The module API doesn't tell, so this wraps a method of Synapse's. If Synapse renames it, we
        lose only the gain: the hook is then called for one event after the other.
        """
        hs = getattr(api, "_hs", None)
        serializer: Any = getattr(hs, "get_event_client_serializer", lambda: None)()
        serialize: Callable[..., Any] | None = getattr(serializer, "serialize_events", None)
        if serialize is None:
            logger.info("%s: called for one event after the other", self._hook.name)
            return

        async def serialize_events(events: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
            shown = EventList(self._bridge, self._hook, events)
            outer = self._list.get()
            self._list.set(shown)
            try:
                return await serialize(events, *args, **kwargs)
            finally:
                self._list.set(outer)
                shown.end()

        serializer.serialize_events = serialize_events

    async def ask(self, event: EventBase) -> Any:
        """Calls the hook for an event; like `Bridge.ask`."""
        shown = self._list.get()
        call = None if shown is None else shown.call_about(event)
        if call is None:
            return await self._bridge.ask(self._hook, (event,))
        return await self._bridge.answer_of(self._hook, call)


class EventList:
    """The events of one list that Synapse has yet to ask about."""

    def __init__(self, bridge: Bridge, hook: Hook, events: Iterable[Any]) -> None:
        self._bridge = bridge
        self._hook = hook
        # Newer versions of Synapse wrap events, and there may be other things in the list.
        found = (getattr(event, "event", event) for event in events)
        self._events = [event for event in found if isinstance(event, EventBase)]
        # Where those are that weren't sent, by identity: Synapse may also ask about a copy that it
        # changed. They're looked up, because the state of a room may have a hundred thousand.
        self._waiting: dict[int, int] = {}
        for place, event in enumerate(self._events):
            self._waiting.setdefault(id(event), place)
        self._sent: dict[int, SentCall] = {}

    def call_about(self, event: EventBase) -> SentCall | None:
        """Returns the call for an event, if it could be sent ahead."""
        place = self._waiting.get(id(event))
        if place is not None:
            self._send(place)
        return self._sent.pop(id(event), None)

    def _send(self, place: int) -> None:
        # Older versions of Synapse ask earlier about an event that another one bundles, and about
        # one twice that is in the list twice.
        end = place + max(1, TOGETHER - len(self._sent))
        for following in self._events[place:end]:
            if self._waiting.pop(id(following), None) is None:
                continue
            call = self._bridge.send(self._hook, (following,))
            if call is not None:
                self._sent[id(following)] = call

    def end(self) -> None:
        """Gives up what Synapse didn't ask for, because it failed or was cancelled."""
        self._events.clear()
        self._waiting.clear()
        for call in self._sent.values():
            call.give_up()
        self._sent.clear()
