import json
from collections.abc import Mapping
from typing import Any, cast

from synapse.api.room_versions import RoomVersions
from synapse.events import EventBase, make_event_from_dict
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http import Request
from twisted.web.test.requesthelper import DummyChannel

from ligand_synapse.errors import RefusedCall
from ligand_synapse.framing import to_json
from ligand_synapse.handles import PeerHandles
from ligand_synapse.reactor_turns import ReactorTurns
from ligand_synapse.room_state import PIECE_BYTES, StatePieces, StateSelection

from .test_wire import RELEASES, no_answer

ROOM = "!r:x"


def event_of(
    event_type: str, state_key: str | None = None, body: str = "", sender: str = "@alice:x"
) -> EventBase:
    return make_event_from_dict(
        {
            "type": event_type,
            "room_id": ROOM,
            "sender": sender,
            **({} if state_key is None else {"state_key": state_key}),
            "content": {"body": body},
            "depth": 1,
            "prev_events": [],
            "auth_events": [],
            "origin_server_ts": 5,
            "hashes": {},
            "signatures": {},
        },
        RoomVersions.V11,
    )


def state_of(*events: EventBase) -> dict[tuple[str, str], EventBase]:
    return {(event.type, event.state_key): event for event in events}


def members(count: int, body: str = "") -> dict[tuple[str, str], EventBase]:
    return state_of(*(event_of("m.room.member", f"@u{i}:x", body) for i in range(count)))


STATE = state_of(
    event_of("m.room.create", ""),
    event_of("m.room.power_levels", ""),
    event_of("m.room.member", "@alice:x"),
    event_of("m.room.member", "@bob:x"),
)


class Unreadable:
    """An event that can't be encoded."""


def keys(state: Mapping[tuple[str, str], Any]) -> list[tuple[str, str]]:
    return list(state)


class StateSelectionTests(SynchronousTestCase):
    def selected(
        self, *entries: list[str], about: Any = None, state: Any = STATE
    ) -> list[tuple[str, str]]:
        return keys(StateSelection.of(entries).of_room(state, about))

    def test_a_selection_has_single_events_and_whole_types_each_once(self) -> None:
        self.assertEqual(self.selected(["m.room.create", ""]), [("m.room.create", "")])
        self.assertEqual(self.selected(["m.room.create", "other"]), [])
        self.assertEqual(self.selected(["m.room.topic"]), [])
        self.assertEqual(self.selected(), [])
        self.assertEqual(
            self.selected(["m.room.member", "@bob:x"], ["m.room.member"], ["m.room.create", ""]),
            [
                ("m.room.member", "@alice:x"),
                ("m.room.member", "@bob:x"),
                ("m.room.create", ""),
            ],
        )

    def test_a_selection_resolves_the_sender_and_the_state_key_of_the_event(self) -> None:
        declared = (["m.room.member", "$sender"], ["m.room.member", "$state_key"])
        self.assertEqual(
            self.selected(*declared, about=event_of("m.room.member", "@bob:x")),
            [("m.room.member", "@alice:x"), ("m.room.member", "@bob:x")],
        )
        # A message has no state key, so `$state_key` selects nothing.
        self.assertEqual(
            self.selected(*declared, about=event_of("m.room.message")),
            [("m.room.member", "@alice:x")],
        )

    def test_other_state_keys_are_taken_literally(self) -> None:
        odd = state_of(event_of("m.odd", "$other"), event_of("m.odd", "$sender"))
        about = event_of("m.room.message")
        self.assertEqual(
            self.selected(["m.odd", "$other"], state=odd, about=about), [("m.odd", "$other")]
        )
        # A hook without an event has no sender, so `$sender` is an ordinary state key.
        self.assertEqual(self.selected(["m.odd", "$sender"], state=odd), [("m.odd", "$sender")])

    def test_keys_are_looked_up_without_iterating_over_the_state(self) -> None:
        class Huge(dict[tuple[str, str], Any]):
            def items(self) -> Any:
                raise AssertionError("all of the state was looked through")

        self.assertEqual(
            self.selected(["m.room.create", ""], state=Huge(STATE)), [("m.room.create", "")]
        )

    def test_a_malformed_selection_is_refused(self) -> None:
        for entry in ([], ["a", "b", "c"]):
            self.assertRaises(ValueError, StateSelection.of, [entry])


class StatePiecesTests(SynchronousTestCase):
    def read(self, state: Mapping[tuple[str, str], Any]) -> list[list[Any]]:
        pieces = StatePieces(state)
        read: list[list[Any]] = []
        has_more = True
        while has_more:
            piece, has_more = pieces.read_on()
            read.append(json.loads(piece.json))
        return read

    def test_a_small_state_is_one_piece(self) -> None:
        self.assertEqual(self.read({}), [[]])
        (piece,) = self.read(STATE)
        self.assertEqual([(entry[0], entry[1]) for entry in piece], keys(STATE))

    def test_a_large_state_crosses_whole_in_pieces_of_bounded_size(self) -> None:
        state = members(3000, "é" * 100)
        pieces = self.read(state)
        self.assertEqual([(entry[0], entry[1]) for piece in pieces for entry in piece], keys(state))
        sizes = [len(to_json(piece)) for piece in pieces]
        self.assertLessEqual(max(sizes), PIECE_BYTES + len("[]"))
        # Each piece except the last is so full that the next entry wouldn't fit.
        self.assertGreater(min(sizes[:-1]), PIECE_BYTES - 2000)

    def test_an_event_larger_than_a_piece_is_sent_alone(self) -> None:
        small, large = "x" * 10, "x" * (PIECE_BYTES + 1)
        state = state_of(
            event_of("a", "1", small),
            event_of("a", "2", large),
            event_of("a", "3", large),
            event_of("a", "4", small),
            event_of("a", "5", small),
        )
        self.assertEqual(
            [[entry[1] for entry in piece] for piece in self.read(state)],
            [["1"], ["2"], ["3"], ["4", "5"]],
        )

    def test_only_the_requested_pieces_are_encoded(self) -> None:
        state: dict[tuple[str, str], Any] = dict(members(2000, "x" * 1000))
        state["m.unreadable", ""] = Unreadable()
        pieces = StatePieces(state)
        for _ in range(3):
            self.assertTrue(pieces.read_on()[1])
        self.assertIsNone(pieces.failure)
        with self.assertRaises(AttributeError) as raised:
            while pieces.read_on():
                pass
        self.assertIs(pieces.failure, raised.exception)


def a_request() -> Request:
    request = Request(cast(Any, DummyChannel()), False)
    request.gotLength(0)
    request.method, request.uri = b"GET", b"/path"
    return request


class LentStateTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.handles = PeerHandles("https://example.org/", no_answer, RELEASES, 1)
        self.state = members(1000, "x" * 1000)

    def test_a_state_that_crossed_whole_is_not_kept(self) -> None:
        with self.handles.lend() as loan:
            wire = loan.lend_state(STATE)
            self.assertEqual(set(wire), {"$", "entries"})
            self.assertEqual(len(self.handles.kept), 0)

    def test_a_state_is_forgotten_once_it_is_read_to_its_end(self) -> None:
        with self.handles.lend() as loan:
            wire = loan.lend_state(self.state)
            read = json.loads(wire["entries"].json)
            has_more = True
            while has_more:
                piece = self.handles.read_state(wire["rest"])
                read += json.loads(piece["entries"].json)
                has_more = piece["rest"]
            self.assertEqual([(entry[0], entry[1]) for entry in read], keys(self.state))
            error = self.assertRaises(RefusedCall, self.handles.read_state, wire["rest"])
            self.assertEqual(error.code, "LIGAND_REMOTE_PROTOCOL")
            self.assertEqual(
                str(error), f"the state {wire['rest']} was used before, or is not kept any more"
            )

    def test_an_unread_state_is_forgotten_with_its_call(self) -> None:
        with self.handles.lend() as loan:
            wire = loan.lend_state(self.state)
            self.handles.read_state(wire["rest"])
            self.assertEqual(len(self.handles.kept), 1)
        self.assertEqual(len(self.handles.kept), 0)
        self.assertRaises(RefusedCall, self.handles.read_state, wire["rest"])

    def test_released_states_and_files_are_forgotten_and_a_request_is_kept(self) -> None:
        with self.handles.lend() as loan:
            wire = loan.lend_state(self.state)
            file = loan.lend_file("/a")
            request = loan.lend_request(a_request())["id"]
            self.handles.release([wire["rest"], file, request, 99])
            self.assertEqual(len(self.handles.kept), 1)

    def test_states_and_files_that_the_peer_keeps_stay_until_it_releases_them(self) -> None:
        with self.handles.lend() as loan:
            wire = loan.lend_state(self.state)
            file = loan.lend_file("/a")
            request = loan.lend_request(a_request())["id"]
            loan.keep()
        self.assertRaises(RefusedCall, self.handles.request, request)
        self.assertTrue(self.handles.read_state(wire["rest"])["entries"])
        self.handles.release([wire["rest"], file])
        self.assertEqual(len(self.handles.kept), 0)


class SteppedReactor:
    """A reactor that, like Twisted's, runs in each turn the calls that were due when it began."""

    def __init__(self) -> None:
        self._due: list[Any] = []

    def callLater(self, delay: float, call: Any, *args: Any) -> None:
        assert delay == 0
        self._due.append(lambda: call(*args))

    def turn(self) -> None:
        due, self._due = self._due, []
        for call in due:
            call()


class ReactorTurnsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = SteppedReactor()
        self.turns = ReactorTurns(cast(IReactorTime, self.reactor))
        self.done: list[int] = []

    def work(self, number: int) -> "Deferred[None]":
        return ensureDeferred(self.turns.run(lambda: self.done.append(number)))

    def test_each_piece_of_work_runs_in_its_own_turn_of_the_reactor(self) -> None:
        works = [self.work(number) for number in (1, 2, 3)]
        self.assertEqual(self.done, [])
        for turn in (1, 2, 3):
            self.reactor.turn()
            self.assertEqual(self.done, list(range(1, turn + 1)))
        for work in works:
            self.successResultOf(work)

    def test_work_that_fails_or_is_cancelled_does_not_block_the_next(self) -> None:
        def fail() -> None:
            raise KeyError("x")

        failing = ensureDeferred(self.turns.run(fail))
        cancelled_in_its_turn, cancelled_before, last = self.work(1), self.work(2), self.work(3)
        cancelled_before.cancel()
        self.failureResultOf(cancelled_before, CancelledError)
        self.reactor.turn()
        self.failureResultOf(failing, KeyError)
        cancelled_in_its_turn.cancel()
        self.failureResultOf(cancelled_in_its_turn, CancelledError)
        self.reactor.turn()
        self.assertEqual(self.done, [3])
        self.successResultOf(last)
