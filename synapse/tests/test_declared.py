"""Tests that arguments and state that no callback uses are neither prepared nor sent."""

import json
from typing import Any, cast

from synapse.module_api import NOT_SPAM
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.bridge import Bridge
from ligand_synapse.config import parse_config
from ligand_synapse.connection import Connection, Session
from ligand_synapse.errors import BridgeFault, RemoteError, decode_error
from ligand_synapse.handles import PeerHandles
from ligand_synapse.held_back import HELD_BACK
from ligand_synapse.hooks import HOOKS
from ligand_synapse.introduction import ModulesInfo
from ligand_synapse.remote_hook import RemoteHook

from .test_room_state import STATE, Unreadable, event_of, members
from .test_wire import RELEASES, no_answer


class Untouchable:
    """An argument that fails the test if anything reads one of its attributes."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"{name} was looked at")


class Asked:
    """Modules that have one hook, which record every call.

    Args:
        callbacks: one dictionary per callback, with what to change in its introduction. By default
            there's one callback, which uses everything.
    """

    def __init__(self, name: str, result: Any = None, *callbacks: dict[str, Any]) -> None:
        self.params: list[dict[str, Any]] = []
        self.answer: Any = {"result": result}
        self.handles = PeerHandles("http://localhost/", no_answer, RELEASES, 1)
        whole = {"parameters": HOOKS[name].arity, "types": None, "state": None}
        introduced = [{**whole, **callback} for callback in callbacks or ({},)]
        facets = {"room": 0, "user": 0, "type": 0}
        remote = RemoteHook.of(
            {
                "category": "c",
                "hook": "h",
                "shield": False,
                "facets": facets,
                "callbacks": introduced,
            }
        )
        info = ModulesInfo("0.1.0", "first", (), {name: remote}, frozenset(), frozenset())
        self._session = Session(cast(Any, self), self.handles, info)
        config = parse_config({"socket": "/ligand.sock", "on_disconnect": {name: "allow"}})
        self._bridge = Bridge(config, cast(Connection, self), {})
        self._hook = HOOKS[name]

    async def session(self, timeout: float) -> Session:
        return self._session

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        self.params.append(params)
        return self.answer if isinstance(self.answer, Deferred) else succeed(self.answer)

    def awaits(self, asked: "Deferred[Any]") -> None:
        """The answer comes alone, so none has to wait for it."""

    def with_args(self, *args: Any) -> "Deferred[Any]":
        return ensureDeferred(self._bridge.ask(self._hook, args))

    @property
    def args(self) -> list[Any]:
        (params,) = self.params
        args: list[Any] = params["args"]
        return args


def entries_of(state: Any) -> list[tuple[str, str]]:
    return [(entry[0], entry[1]) for entry in json.loads(state["entries"].json)]


class DeclaredTests(SynchronousTestCase):
    message = event_of("m.room.message")

    def test_arguments_that_no_callback_declares_are_neither_read_nor_sent(self) -> None:
        modules = Asked("check_event_allowed", [True, None], {"parameters": 1})
        self.successResultOf(modules.with_args(self.message, Untouchable()))
        self.assertEqual([arg["$"] for arg in modules.args], ["event"])

        modules = Asked("on_media_upload_limit_exceeded", None, {"parameters": 1})
        self.successResultOf(modules.with_args("@a:x", Untouchable(), 1, 2))
        self.assertEqual(modules.args, ["@a:x"])

        modules = Asked("check_media_file_for_spam", NOT_SPAM, {"parameters": 0})
        self.successResultOf(modules.with_args(Untouchable(), Untouchable()))
        self.assertEqual(modules.args, [])

    def test_an_argument_that_is_not_sent_is_not_changed(self) -> None:
        modules = Asked("on_create_room", None, {"parameters": 1})
        config = {"name": "kept"}
        self.successResultOf(modules.with_args("requester", config, Untouchable()))
        self.assertEqual((modules.args, config), (["requester"], {"name": "kept"}))

    def test_events_of_types_that_no_callback_names_are_not_sent(self) -> None:
        members_only = ["m.room.member"]
        for name in (
            "check_event_for_spam",
            "should_drop_federated_event",
            "federated_user_may_invite",
            "check_event_allowed",
            "on_new_event",
            "add_field_to_unsigned_callback",
        ):
            hook = HOOKS[name]
            rest = tuple(Untouchable() for _ in range(hook.arity - 1))
            for types in (members_only, list[str]()):
                modules = Asked(name, None, {"types": types})
                answer = self.successResultOf(modules.with_args(self.message, *rest))
                self.assertEqual((answer, modules.params), (hook.allow(), []))
        modules = Asked("check_event_for_spam", NOT_SPAM, {"types": members_only})
        self.successResultOf(modules.with_args(event_of("m.room.member", "@a:x")))
        self.assertEqual(len(modules.params), 1)

    def test_of_a_hundred_events_one_is_sent_if_the_matchers_of_all_callbacks_match_only_that(
        self,
    ) -> None:
        def held_back() -> float:
            return float(HELD_BACK.labels("check_event_allowed")._value.get())

        modules = Asked(
            "check_event_allowed",
            [True, None],
            {"only": {"room": ["!quiet:*"]}},
            {"only": {"sender": ["@bob:x"]}, "except": {"type": ["m.room.*"]}},
        )
        before = held_back()
        for number in range(100):
            state = STATE if number == 42 else Untouchable()
            event = event_of(
                "m.room.message" if number != 42 else "org.example.odd", sender="@bob:x"
            )
            answer = self.successResultOf(modules.with_args(event, state))
            self.assertEqual(answer, (True, None))
        self.assertEqual([arg["$"] for arg in modules.args], ["event", "state"])
        self.assertEqual(held_back() - before, 99)

    def test_a_callback_without_a_matcher_has_every_event_sent(self) -> None:
        modules = Asked("check_event_for_spam", NOT_SPAM, {"only": {"type": ["m.other"]}}, {})
        self.successResultOf(modules.with_args(self.message))
        self.assertEqual(len(modules.params), 1)

    def test_the_whole_state_is_sent_if_callbacks_select_nothing(self) -> None:
        for name, args in (
            ("check_event_allowed", (self.message, STATE)),
            ("on_new_event", (self.message, STATE)),
            ("check_visibility_can_be_modified", ("!r:x", STATE, "public")),
            ("check_threepid_can_be_invited", ("email", "a@x", STATE)),
        ):
            with self.subTest(hook=name):
                modules = Asked(name, [True, None])
                self.successResultOf(modules.with_args(*args))
                position = HOOKS[name].state
                assert position is not None
                self.assertEqual(entries_of(modules.args[position]), list(STATE))

    def test_only_the_selected_state_is_encoded(self) -> None:
        state = {**STATE, ("m.unreadable", ""): Unreadable()}
        for declared, expected in (
            ([], []),
            (
                [["m.room.power_levels", ""], ["m.room.member", "$sender"]],
                [("m.room.power_levels", ""), ("m.room.member", "@alice:x")],
            ),
            (
                [["m.room.member"]],
                [("m.room.member", "@alice:x"), ("m.room.member", "@bob:x")],
            ),
        ):
            with self.subTest(declared=declared):
                modules = Asked("check_event_allowed", [True, None], {"state": declared})
                self.successResultOf(modules.with_args(self.message, state))
                self.assertEqual(entries_of(modules.args[1]), expected)

    def test_only_what_the_callbacks_for_this_type_of_event_use_is_sent(
        self,
    ) -> None:
        power, alice = ("m.room.power_levels", ""), ("m.room.member", "@alice:x")
        callbacks = (
            {"parameters": 1, "state": []},
            {"parameters": 2, "types": ["m.room.member"]},
            {"parameters": 2, "types": ["m.room.topic", "m.room.name"], "state": [list(power)]},
            {"parameters": 2, "types": ["m.room.name"], "state": [["m.room.member", "$sender"]]},
        )
        for event_type, expected in (
            ("m.room.message", None),
            ("m.room.member", list(STATE)),
            ("m.room.topic", [power]),
            ("m.room.name", [power, alice]),
        ):
            with self.subTest(type=event_type):
                modules = Asked("on_new_event", None, *callbacks)
                state = Untouchable() if expected is None else STATE
                self.successResultOf(modules.with_args(event_of(event_type), state))
                sent = [entries_of(arg) for arg in modules.args[1:]]
                self.assertEqual(sent, [] if expected is None else [expected])

    def test_an_event_is_sent_if_callbacks_name_types_even_if_none_uses_it(self) -> None:
        modules = Asked(
            "on_new_event", None, {"parameters": 0}, {"parameters": 0, "types": ["m.room.name"]}
        )
        self.successResultOf(modules.with_args(self.message, Untouchable()))
        self.assertEqual([arg["$"] for arg in modules.args], ["event"])

    def test_a_large_state_is_kept_until_the_call_has_ended_in_whatever_way(self) -> None:
        error = {"code": 1, "message": "m", "data": {"kind": "other", "name": "TypeError"}}
        for outcome in (
            {"result": [True, None]},
            decode_error(error),
            BridgeFault("f"),
            CancelledError(),
        ):
            with self.subTest(outcome=outcome):
                modules = Asked("check_event_allowed")
                answer = modules.answer = Deferred()
                asked = modules.with_args(self.message, members(1000, "x" * 1000))
                asked.addErrback(lambda failure: None)
                self.assertIn("rest", modules.args[1])
                self.assertEqual(len(modules.handles.kept), 1)
                if isinstance(outcome, CancelledError):
                    asked.cancel()
                elif isinstance(outcome, Exception):
                    answer.errback(outcome)
                else:
                    answer.callback(outcome)
                self.successResultOf(asked)
                self.assertEqual(len(modules.handles.kept), 0)

    def test_a_state_that_cannot_be_encoded_is_a_failure_of_the_bridge(self) -> None:
        state: dict[tuple[str, str], Any] = dict(members(1000, "x" * 1000))
        state["m.unreadable", ""] = Unreadable()
        modules = Asked("check_event_allowed")
        answer = modules.answer = Deferred()
        asked = modules.with_args(self.message, state)
        number = modules.args[1]["rest"]
        with self.assertRaises(AttributeError):
            while modules.handles.read_state(number):
                pass
        with self.assertLogs("ligand_synapse.bridge", "ERROR") as logs:
            # `ligand serve` turns our error answer to `ligand/readState` into this one.
            answer.errback(RemoteError("ligand/readState: AttributeError", "LIGAND_REMOTE_FAILED"))
        self.assertIn("AttributeError: 'Unreadable' object has no attribute", logs.output[0])
        self.assertEqual(self.successResultOf(asked), (True, None))
