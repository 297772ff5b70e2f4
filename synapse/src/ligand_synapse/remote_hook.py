"""Describes which hooks the modules have, and which arguments each call has to send."""

from collections.abc import Iterable
from typing import Any

import attr

from .matchers import Facets, Matcher, matcher_of
from .room_state import StateSelection


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Wanted:
    """What a hook call has to send: everything that at least one of its callbacks uses."""

    is_asked: bool
    """Whether there's any callback to call."""
    parameters: int
    """How many of the hook's arguments to send, counted from the first."""
    state: StateSelection | None
    """Which part of the room's state to send; None for all of it."""
    matchers: tuple[Matcher, ...] | None = None
    """Of which one has to match for a callback to be called; None if one is always called."""

    @classmethod
    def by(
        cls, callbacks: list[dict[str, Any]], least: int = 0, facets: Facets | None = None
    ) -> "Wanted":
        """Combines what callbacks use, given as `ligand serve` introduces them.

        Args:
            least: the smallest number of arguments to send, whatever the callbacks use.
            facets: what the hook's calls are about; see `Facets`.
        """
        matchers = [matcher_of(facets or {}, callback) for callback in callbacks]
        known = tuple(matcher for matcher in matchers if matcher is not None)
        return cls(
            bool(callbacks),
            max([least, *(int(callback["parameters"]) for callback in callbacks)]),
            _union(callback["state"] for callback in callbacks),
            known if known and len(known) == len(matchers) else None,
        )

    def includes(self, args: tuple[Any, ...]) -> bool:
        """Whether any callback is called with these arguments."""
        if not self.is_asked or self.matchers is None:
            return self.is_asked
        return any(matches(args) for matches in self.matchers)


@attr.s(auto_attribs=True, frozen=True, slots=True)
class RemoteHook:
    """A hook by Ligand's names, with what its callbacks use."""

    category: str
    hook: str
    shield: bool
    """Whether a cancelled request still waits for the hook's answer."""
    others: Wanted
    """What to send for hooks without an event, and for event types that no callback names."""
    named: dict[str, Wanted]
    """What to send for each event type that a callback names."""

    @classmethod
    def of(cls, hook: dict[str, Any]) -> "RemoteHook":
        callbacks = list(hook["callbacks"])
        for_all = [callback for callback in callbacks if callback["types"] is None]
        # The modules need the event's type to pick the callbacks, even if none uses the event.
        least = 0 if len(for_all) == len(callbacks) else 1
        # Older versions of `ligand serve` don't say it, and have no matchers either.
        facets = hook.get("facets") or {}
        types = {event_type for callback in callbacks for event_type in callback["types"] or ()}
        return cls(
            hook["category"],
            hook["hook"],
            hook["shield"],
            Wanted.by(for_all, least, facets),
            {
                event_type: Wanted.by(
                    [
                        callback
                        for callback in callbacks
                        if callback["types"] is None or event_type in callback["types"]
                    ],
                    least,
                    facets,
                )
                for event_type in types
            },
        )

    def about(self, args: tuple[Any, ...]) -> Wanted | None:
        """Returns what to send for a call with these arguments; None if no callback is called.

        If callbacks name event types, the first argument is the event.
        """
        wanted = self.named.get(args[0].type, self.others) if self.named else self.others
        return wanted if wanted.includes(args) else None


def _union(states: Iterable[list[list[str]] | None]) -> StateSelection | None:
    entries: list[list[str]] = []
    for state in states:
        if state is None:
            return None
        entries.extend(state)
    return StateSelection.of(entries)
