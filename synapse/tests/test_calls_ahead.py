import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

from synapse.api.room_versions import RoomVersions
from synapse.events import EventBase, make_event_from_dict
from synapse.events.utils import EventClientSerializer
from synapse.module_api import ModuleApi
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse import bridge as bridge_module
from ligand_synapse import connection
from ligand_synapse.bridge import Bridge
from ligand_synapse.calls_ahead import TOGETHER, CallsAhead
from ligand_synapse.config import parse_config
from ligand_synapse.connection import Connection, Session
from ligand_synapse.errors import BridgeFault, Disconnected, TimedOut
from ligand_synapse.framing import FrameError, FrameParser, frame
from ligand_synapse.handles import PeerHandles
from ligand_synapse.hooks import HOOKS
from ligand_synapse.introduction import ModulesInfo
from ligand_synapse.peer import Peer
from ligand_synapse.remote_hook import RemoteHook

from .test_wire import RELEASES, no_answer

HOOK = HOOKS["add_field_to_unsigned_callback"]
Serialize = Callable[..., Awaitable[list[Any]]]


def events(count: int, event_type: str = "m.room.message") -> list[EventBase]:
    return [
        make_event_from_dict(
            {
                "type": event_type,
                "room_id": "!room:hs.example",
                "sender": "@alice:hs.example",
                "content": {"number": number},
                "depth": number,
                "origin_server_ts": 1_700_000_000_000,
                "auth_events": [],
                "prev_events": [],
                "hashes": {"sha256": "x"},
                "signatures": {},
            },
            RoomVersions.V11,
        )
        for number in range(count)
    ]


class Filtered:
    """An event as newer versions of Synapse have it in lists."""

    def __init__(self, event: EventBase) -> None:
        self.event = event


class Serializer:
    """Asks about one event after the other, as Synapse does."""

    def __init__(self) -> None:
        self.ask: Callable[[EventBase], Awaitable[Any]] = cast(Any, None)

    async def serialize_events(
        self, shown: Iterable[Any], *, beside: Iterable[EventBase] = ()
    ) -> Any:
        return [
            await self.ask(getattr(event, "event", event))
            for event in [*shown, *beside]
            if not isinstance(event, dict)
        ]


class Homeserver:
    """As much of a homeserver as there is to wrap."""

    def __init__(self, serializer: Any) -> None:
        self._serializer = serializer

    def get_event_client_serializer(self) -> Any:
        return self._serializer


class Api:
    def __init__(self, homeserver: Any) -> None:
        self._hs = homeserver


class CallsAheadTests(SynchronousTestCase):
    def setUp(self) -> None:
        # It would only be noise.
        self.patch(logging.getLogger("ligand_synapse.unanswered"), "disabled", True)
        self.clock = Clock()
        self.patch(bridge_module, "clock", self.clock)
        self.patch(connection, "clock", self.clock)
        self.transport = StringTransport()
        self.peer = Peer({})
        self.peer.makeConnection(self.transport)
        self.current: Session | None = None
        self.ahead, self.serializer = self.started()

    def started(self, **callback: Any) -> tuple[CallsAhead, Serializer]:
        """Starts with modules that have one callback; by default it's called for all events."""
        introduced = {"parameters": 1, "types": None, "state": [], **callback}
        remote = RemoteHook.of(
            {
                "category": "unsignedFields",
                "hook": "addFieldToUnsigned",
                "shield": False,
                "callbacks": [introduced],
            }
        )
        info = ModulesInfo("0.1.0", "first", (), {HOOK.name: remote}, frozenset(), frozenset())
        handles = PeerHandles("http://localhost/", no_answer, RELEASES, 1)
        self.current = Session(self.peer, handles, info)
        config = parse_config({"socket": "/ligand.sock", "call_timeout": 10})
        ahead = CallsAhead(Bridge(config, cast(Connection, self), {}), HOOK)
        serializer = Serializer()
        ahead.watch(cast(ModuleApi, Api(Homeserver(serializer))))
        serializer.ask = ahead.ask
        return ahead, serializer

    async def session(self, timeout: float) -> Session:
        if self.current is None:
            raise Disconnected("ligand serve is not connected")
        return self.current

    def sent(self) -> list[Any]:
        """Returns what was sent since the last call: numbers of events, or of cancelled calls."""
        messages = FrameParser().feed(self.transport.value())
        self.transport.clear()
        return [
            ("cancel", message["params"]["id"])
            if message["method"] == "$/cancelRequest"
            else message["params"]["args"][0]["dict"]["content"]["number"]
            for message in messages
        ]

    def answer(self, *ids: int) -> None:
        """The modules answer calls, all in one piece."""
        messages = [{"jsonrpc": "2.0", "id": n, "result": {"result": {"id": n}}} for n in ids]
        self.peer.dataReceived(b"".join(map(frame, messages)))

    def serialized(self, shown: Iterable[Any], **more: Any) -> "Deferred[Any]":
        return ensureDeferred(self.serializer.serialize_events(shown, **more))

    def test_the_events_of_a_list_are_sent_together_and_each_gets_its_answer(self) -> None:
        for wrap in (lambda event: event, Filtered):
            with self.subTest(wrap=wrap):
                self.setUp()
                shown = self.serialized([wrap(event) for event in events(3)])
                self.assertEqual(self.sent(), [0, 1, 2])
                self.answer(1)
                self.answer(3, 2)
                self.assertEqual(self.successResultOf(shown), [{"id": 1}, {"id": 2}, {"id": 3}])
                self.assertEqual(self.sent(), [])

    def test_a_long_list_is_sent_in_parts(self) -> None:
        shown = self.serialized(events(TOGETHER + 2))
        self.assertEqual(self.sent(), list(range(TOGETHER)))
        self.answer(*range(1, TOGETHER + 1))
        self.assertEqual(self.sent(), [TOGETHER, TOGETHER + 1])
        self.answer(TOGETHER + 1, TOGETHER + 2)
        expected = [{"id": number} for number in range(1, TOGETHER + 3)]
        self.assertEqual(self.successResultOf(shown), expected)

    def test_an_event_that_no_callback_is_called_for_is_not_sent(self) -> None:
        _, self.serializer = self.started(types=["m.room.topic"])
        topics = events(2, "m.room.topic")
        shown = self.serialized([*events(2), *topics])
        self.assertEqual(self.sent(), [0, 1])
        self.answer(1, 2)
        self.assertEqual(self.successResultOf(shown), [{}, {}, {"id": 1}, {"id": 2}])

    def test_an_event_outside_the_list_is_sent_when_synapse_asks_about_it(self) -> None:
        first, second, bundled = events(3)
        shown = self.serialized([first, {"type": "m.presence"}, second], beside=[bundled])
        self.assertEqual(self.sent(), [0, 1])
        self.answer(1, 2)
        self.assertEqual(self.sent(), [2])
        self.answer(3)
        self.assertEqual(self.successResultOf(shown), [{"id": 1}, {"id": 2}, {"id": 3}])

    def test_a_bundled_event_leaves_those_before_it_to_be_sent_together(self) -> None:
        listed = events(TOGETHER + 5)
        latest = listed[TOGETHER + 3]
        ask = self.serializer.ask

        async def ask_with_latest_of_thread(event: EventBase) -> Any:
            answer = await ask(event)
            return (answer, await ask(latest)) if event is listed[0] else answer

        self.serializer.ask = ask_with_latest_of_thread
        shown = self.serialized(listed)
        self.assertEqual(self.sent(), list(range(TOGETHER)))
        self.answer(*range(1, TOGETHER + 1))
        self.assertEqual(self.sent(), [TOGETHER + 3])
        self.answer(TOGETHER + 1)
        self.assertEqual(self.sent(), [*range(TOGETHER, TOGETHER + 3), TOGETHER + 4])
        self.answer(*range(TOGETHER + 2, TOGETHER + 6))
        # Older versions of Synapse ask again when they get there.
        self.assertEqual(self.sent(), [TOGETHER + 3])
        self.answer(TOGETHER + 6)
        first, *others = self.successResultOf(shown)
        self.assertEqual(first, ({"id": 1}, {"id": TOGETHER + 1}))
        between = [*range(2, TOGETHER + 1), *range(TOGETHER + 2, TOGETHER + 5)]
        expected = [*between, TOGETHER + 6, TOGETHER + 5]
        self.assertEqual(others, [{"id": number} for number in expected])

    def test_another_copy_of_an_event_has_a_call_of_its_own(self) -> None:
        listed, copies = events(2), events(1)
        shown = self.serialized(listed, beside=copies)
        self.assertEqual(self.sent(), [0, 1])
        self.answer(1, 2)
        self.assertEqual(self.sent(), [0])
        self.answer(3)
        self.assertEqual(self.successResultOf(shown), [{"id": 1}, {"id": 2}, {"id": 3}])

    def test_no_event_is_searched_for_in_a_long_list(self) -> None:
        compared: list[object] = []

        def equals(event: object, other: object) -> bool:
            compared.append(event)
            return event is other

        self.patch(EventBase, "__eq__", equals)
        _, self.serializer = self.started(types=["m.room.topic"])
        shown = self.serialized(events(5 * TOGETHER))
        self.assertEqual(self.successResultOf(shown), [{}] * 5 * TOGETHER)
        self.assertEqual(compared, [])

    def test_an_event_that_is_shown_alone_is_sent_alone(self) -> None:
        alone = ensureDeferred(self.ahead.ask(events(1)[0]))
        self.assertEqual(self.sent(), [0])
        self.answer(1)
        self.assertEqual(self.successResultOf(alone), {"id": 1})

    def test_an_event_that_is_twice_in_a_list_is_asked_about_twice(self) -> None:
        first, second = events(2)
        shown = self.serialized([first, first, second])
        self.assertEqual(self.sent(), [0, 1])
        self.answer(1, 2)
        self.assertEqual(self.sent(), [0])
        self.answer(3)
        self.assertEqual(self.successResultOf(shown), [{"id": 1}, {"id": 3}, {"id": 2}])

    def test_lists_that_are_shown_side_by_side_have_calls_of_their_own(self) -> None:
        shared = events(2)
        one, other = self.serialized(shared), self.serialized(shared)
        self.assertEqual(self.sent(), [0, 1, 0, 1])
        self.answer(4, 3)
        self.assertEqual(self.successResultOf(other), [{"id": 3}, {"id": 4}])
        self.assertNoResult(one)
        self.answer(1, 2)
        self.assertEqual(self.successResultOf(one), [{"id": 1}, {"id": 2}])

    def test_calls_that_synapse_no_longer_needs_are_cancelled(self) -> None:
        shown = self.serialized(events(4))
        self.sent()
        # The third is answered, and nothing has asked for it.
        self.answer(3)
        shown.cancel()
        self.failureResultOf(shown, CancelledError)
        self.assertEqual(self.sent(), [("cancel", 1), ("cancel", 2), ("cancel", 4)])
        self.answer(1, 2, 4)

    def test_a_failure_reaches_synapse_when_it_asks_about_the_event(self) -> None:
        shown = self.serialized(events(3))
        self.sent()
        error = {"code": 1, "message": "broken", "data": {"kind": "error"}}
        self.peer.dataReceived(frame({"jsonrpc": "2.0", "id": 2, "error": error}))
        self.assertNoResult(shown)
        self.answer(1)
        self.assertIn("broken", self.failureResultOf(shown).getErrorMessage())
        self.assertEqual(self.sent(), [("cancel", 3)])

    def test_the_time_of_a_call_counts_from_when_synapse_asks_about_the_event(self) -> None:
        shown = self.serialized(events(2))
        self.clock.advance(9)
        self.answer(1)
        self.clock.advance(9)
        self.assertNoResult(shown)
        self.clock.advance(1)
        self.failureResultOf(shown, TimedOut)

    def test_a_list_follows_the_policy_while_the_modules_are_unreachable(self) -> None:
        self.current = None
        self.failureResultOf(self.serialized(events(3)), Disconnected)
        self.assertEqual(self.sent(), [])

    def test_a_lost_connection_fails_all_lists_and_the_bridge_connects_again(self) -> None:
        shown = self.serialized(events(3))
        other = self.serialized(events(3))
        self.peer.connectionLost()
        self.failureResultOf(shown, Disconnected)
        self.failureResultOf(other, Disconnected)
        self.assertIsNone(self.successResultOf(self.peer.lost))

    def test_a_call_that_cannot_be_sent_is_a_failure_of_the_bridge(self) -> None:
        def ask(method: str, params: Any) -> Any:
            raise FrameError("a message is too long")

        self.patch(self.peer, "ask", ask)
        with self.assertLogs("ligand_synapse.bridge", "ERROR"):
            self.failureResultOf(self.serialized(events(2)), BridgeFault)

    def test_a_synapse_without_such_lists_is_answered_one_by_one(self) -> None:
        for without in (None, Homeserver(None), Homeserver(object())):
            with self.subTest(without=without):
                self.setUp()
                ahead, _ = self.started()
                ahead.watch(cast(ModuleApi, Api(without)))
                alone = ensureDeferred(ahead.ask(events(1)[0]))
                self.assertEqual(self.sent(), [0])
                self.answer(1)
                self.assertEqual(self.successResultOf(alone), {"id": 1})

    def test_the_installed_synapse_has_what_is_wrapped(self) -> None:
        self.assertTrue(callable(EventClientSerializer.serialize_events))
