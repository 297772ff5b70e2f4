"""Tests for failures inside the bridge, as opposed to errors that a module raised."""

import logging
from typing import Any, cast

from synapse.logging.context import ContextRequest
from synapse.media._base import FileInfo
from synapse.media.media_storage import ReadableFileWrapper
from synapse.module_api import NOT_SPAM, SynapseRequest, UserID
from synapse.module_api.errors import Codes, SynapseError
from synapse.types import create_requester
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from ligand_synapse import bridge as bridge_module
from ligand_synapse.background_slot import BackgroundUpdateSlot
from ligand_synapse.bridge import Bridge
from ligand_synapse.config import Policy, parse_config
from ligand_synapse.connection import Connection, Session
from ligand_synapse.errors import (
    BridgeFault,
    Disconnected,
    LigandError,
    RemoteError,
    TimedOut,
    decode_error,
)
from ligand_synapse.framing import FrameError
from ligand_synapse.handles import PeerHandles
from ligand_synapse.hooks import HOOKS
from ligand_synapse.introduction import LoginType, ModulesInfo
from ligand_synapse.releases import Releases
from ligand_synapse.web import WebResource

from .log_contexts import context_of
from .test_bridge import whole_hook
from .test_web import FakeRequest

LOGGER = "ligand_synapse.bridge"
PASSWORD = LoginType("m.login.password", ("password",))
MODULE_ERROR = {"code": 1, "message": "m", "data": {"kind": "other", "name": "TypeError"}}
MATRIX_ERROR = {
    "code": 1,
    "message": "slow",
    "data": {"kind": "matrix", "status": 429, "errcode": "M_LIMIT_EXCEEDED", "body": {}},
}


class Peer:
    """A peer that gives the test's answer to each method."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers
        self.discard = lambda answer: None

    def ask(self, method: str, params: dict[str, Any]) -> Deferred[Any]:
        answer = self._answers[method.removeprefix("ligand/")]
        if isinstance(answer, FrameError):
            raise answer
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)


class Connected:
    """A connection whose modules have every hook."""

    def __init__(self, peer: Peer) -> None:
        async def ask(method: str, params: dict[str, Any], timeout: float | None) -> Any:
            return await peer.ask(method, params)

        releases = Releases(lambda method, params: None, lambda call: None)
        self.handles = PeerHandles("http://localhost/", ask, releases, 1)
        hooks = {name: whole_hook(name) for name in HOOKS}
        info = ModulesInfo("0.1.0", "first", (), hooks, frozenset([PASSWORD]), frozenset())
        self._session = Session(cast(Any, peer), self.handles, info)

    async def session(self, timeout: float) -> Session:
        return self._session


def bridge(peer: Peer, **policies: Policy) -> Bridge:
    config = parse_config({"socket": "/ligand.sock", "on_disconnect": policies})
    return Bridge(config, cast(Connection, Connected(peer)), {})


class UnlikeRequester:
    """An object that the bridge can't encode, as a future Synapse might pass for a requester."""


class IncomingRequest(FakeRequest):
    """A request with everything that the bridge sends to a module."""

    def __init__(self) -> None:
        super().__init__()
        self.content = None
        self.uri = b"/x"
        self.requestHeaders = Headers()


def args_of(name: str) -> tuple[Any, ...]:
    return (None,) * HOOKS[name].arity


def outcome_of(work: Any) -> Any:
    """Returns the value of work that has ended, or its exception."""
    outcomes: list[Any] = []
    deferred = ensureDeferred(work)
    deferred.addCallbacks(outcomes.append, lambda failure: outcomes.append(failure.value))
    return outcomes[0]


class FaultTests(SynchronousTestCase):
    def setUp(self) -> None:
        # Tests that check the log capture it. In the others it would only be noise.
        logger = logging.getLogger("ligand_synapse")
        silent = logging.NullHandler()
        logger.addHandler(silent)
        self.addCleanup(logger.removeHandler, silent)
        self.patch(logger, "propagate", False)
        self.patch(bridge_module, "clock", Clock())

    def fault(self, work: Any) -> tuple[Any, logging.LogRecord]:
        """Runs `work` in a request. Returns its value or exception, and the one log record."""
        request = ContextRequest("PUT-7", "127.0.0.1", "s", None, None, "PUT", "/x", "1.1", "a")
        context = context_of("PUT-7", request)
        with self.assertLogs("ligand_synapse", "INFO") as logs, context:
            outcome = self.outcome(work)
        (record,) = logs.records
        return outcome, record

    def outcome(self, work: Any) -> Any:
        return outcome_of(work)

    def assert_logged(self, record: logging.LogRecord, message: str, cause: type) -> None:
        self.assertEqual((record.levelname, record.getMessage()), ("ERROR", message))
        self.assertTrue(record.exc_info and record.exc_info[0], "it has no stack")
        chain: list[type] = []
        error: BaseException | None = record.exc_info[1] if record.exc_info else None
        while error is not None:
            chain.append(type(error))
            error = error.__cause__
        self.assertIn(cause, chain)

    def test_every_failure_of_the_bridge_is_logged_and_follows_the_policy_of_the_hook(self) -> None:
        no_user = {"$": "user", "text": "nonsense"}
        requester = create_requester(UserID.from_string("@a:x"))
        unlike = cast(Any, UnlikeRequester())
        cases: list[tuple[str, str, Any, tuple[Any, ...], type]] = [
            (
                "a message that is too long",
                "check_event_for_spam",
                FrameError("long"),
                (1,),
                FrameError,
            ),
            (
                "an argument without a form",
                "user_may_create_room",
                {"result": NOT_SPAM},
                (unlike, {}),
                LigandError,
            ),
            ("an answer without result", "check_event_for_spam", {}, (1,), KeyError),
            ("an answer that is a list", "check_event_for_spam", [], (1,), AttributeError),
            (
                "an answer of an unknown form",
                "check_event_for_spam",
                {"result": {"$": "x"}},
                (1,),
                LigandError,
            ),
            (
                "an answer with a user id that is none",
                "check_event_for_spam",
                {"result": no_user},
                (1,),
                SynapseError,
            ),
            (
                "an answer that is no verdict",
                "check_event_for_spam",
                {"result": None},
                (1,),
                BridgeFault,
            ),
            (
                "an argument that comes back in an unknown form",
                "on_create_room",
                {"result": None, "changed": {"1": {"$": "x"}}},
                (requester, {}, False),
                LigandError,
            ),
            (
                "an error of JSON-RPC itself",
                "check_event_for_spam",
                decode_error({"code": -32601, "message": "there is no method"}),
                (1,),
                BridgeFault,
            ),
            (
                "a request that the other side does not understand",
                "check_event_for_spam",
                decode_error(
                    {
                        "code": 1,
                        "message": "m",
                        "data": {"kind": "ligand", "code": "LIGAND_REMOTE_PROTOCOL"},
                    }
                ),
                (1,),
                BridgeFault,
            ),
            (
                "an error for clients without a status",
                "check_event_for_spam",
                decode_error({"code": 1, "message": "m", "data": {"kind": "matrix"}}),
                (1,),
                KeyError,
            ),
        ]
        for what, name, answer, args, cause in cases:
            hook = HOOKS[name]
            outcomes: dict[Policy, Any] = {
                "error": BridgeFault,
                "allow": hook.allow(),
                "deny": hook.deny and hook.deny(),
            }
            for policy, expected in outcomes.items():
                with self.subTest(what, policy=policy):
                    asked = bridge(Peer(hook=answer), **{name: policy})
                    outcome, record = self.fault(asked.ask(hook, args))
                    self.assert_logged(
                        record,
                        f"{name}: the bridge itself failed; the hook follows the policy {policy} "
                        "(request PUT-7)",
                        cause,
                    )
                    if isinstance(expected, type):
                        self.assertIs(type(outcome), expected)
                    else:
                        self.assertEqual(str(outcome), str(expected))

    def test_an_answer_without_a_required_member_follows_the_policy(self) -> None:
        answer = {"result": {"@a:x": [{"userId": "@a:x"}]}}
        asked = bridge(Peer(hook=answer), get_users_for_states="allow")
        outcome, record = self.fault(asked.ask(HOOKS["get_users_for_states"], ((),)))
        self.assertEqual(outcome, {})
        self.assert_logged(
            record,
            "get_users_for_states: the bridge itself failed; the hook follows the policy allow "
            "(request PUT-7)",
            KeyError,
        )

    def test_a_failure_while_calling_the_auth_checkers_follows_the_policy(self) -> None:
        asked = bridge(Peer(hook={"result": ["@a:x"]}), auth_checkers="allow")
        work = asked.check_auth(HOOKS["auth_checkers"], PASSWORD, args_of("auth_checkers"))
        outcome, record = self.fault(work)
        self.assertIsNone(outcome)
        self.assert_logged(
            record,
            "auth_checkers: the bridge itself failed; the hook follows the policy allow "
            "(request PUT-7)",
            ValueError,
        )

    def test_an_error_that_a_module_raised_is_its_answer(self) -> None:
        hook = HOOKS["check_event_for_spam"]
        cases: list[tuple[dict[str, Any], type]] = [
            (MATRIX_ERROR, SynapseError),
            (MODULE_ERROR, RemoteError),
            ({"code": -32800, "message": "", "data": {"kind": "cancelled"}}, CancelledError),
        ]
        for error, kind in cases:
            with self.subTest(kind=kind):
                asked = bridge(Peer(hook=decode_error(error)), check_event_for_spam="allow")
                with self.assertNoLogs("ligand_synapse"):
                    self.assertIs(type(self.outcome(asked.ask(hook, (1,)))), kind)

    def test_nothing_stays_lent_after_a_call_in_whatever_way_it_ended(self) -> None:
        hook = HOOKS["check_media_file_for_spam"]
        info = FileInfo(server_name=None, file_id="f")
        cases: list[tuple[Any, Any]] = [
            ({"result": NOT_SPAM}, info),
            ({}, info),
            (FrameError("long"), info),
            (TimedOut("late"), info),
            (CancelledError(), info),
            (decode_error(MODULE_ERROR), info),
            # Encoding fails here, after the file was lent.
            ({"result": NOT_SPAM}, UnlikeRequester()),
        ]
        for answer, second in cases:
            with self.subTest(answer=answer, second=second):
                connected = Connected(Peer(hook=answer))
                config = parse_config({"socket": "/ligand.sock"})
                asked = Bridge(config, cast(Connection, connected), {})
                self.outcome(asked.ask(hook, (ReadableFileWrapper(cast(Any, None), "/a"), second)))
                self.assertEqual(len(connected.handles.kept), 0)

    def test_a_slot_that_cannot_be_entered_follows_the_policy(self) -> None:
        slot = {"result": {"enter": {"$": "callback", "id": 1}, "exit": {"$": "callback", "id": 2}}}
        for answer in (Disconnected("it is gone"), {"args": [], "result": "soon"}, {}):
            with self.subTest(answer=answer):
                asked = bridge(Peer(hook=slot, callback=answer), on_update="allow")
                entered = BackgroundUpdateSlot(asked, HOOKS["on_update"], ("name", "db", False))
                outcome, record = self.fault(entered.__aenter__())
                self.assertEqual(outcome, 100)
                self.assertIn("the hook follows the policy allow", record.getMessage())
                with self.assertNoLogs("ligand_synapse"):
                    self.assertIsNone(self.outcome(entered.__aexit__(None, None, None)))

    def test_an_iteration_ends_even_if_its_slot_cannot_be_left(self) -> None:
        slot = {"result": {"enter": {"$": "callback", "id": 1}, "exit": {"$": "callback", "id": 2}}}
        peer = Peer(hook=slot, callback={"args": [], "result": 50})
        entered = BackgroundUpdateSlot(bridge(peer), HOOKS["on_update"], ("name", "db", False))
        self.assertEqual(self.outcome(entered.__aenter__()), 50)
        peer._answers["callback"] = FrameError("long")
        outcome, record = self.fault(entered.__aexit__(None, None, None))
        self.assertIsNone(outcome)
        self.assert_logged(
            record,
            "on_update: the bridge itself failed; the iteration is over all the same "
            "(request PUT-7)",
            FrameError,
        )

    def test_what_a_module_raises_in_a_slot_reaches_synapse(self) -> None:
        slot = {"result": {"enter": {"$": "callback", "id": 1}, "exit": {"$": "callback", "id": 2}}}
        peer = Peer(hook=slot, callback=decode_error(MODULE_ERROR))
        entered = BackgroundUpdateSlot(
            bridge(peer, on_update="allow"), HOOKS["on_update"], ("name", "db", False)
        )
        with self.assertNoLogs("ligand_synapse"):
            self.assertIs(type(self.outcome(entered.__aenter__())), RemoteError)

    def test_a_malformed_answer_of_a_function_is_a_failure_of_the_bridge(
        self,
    ) -> None:
        for answer in ({}, {"args": [], "result": {"$": "user", "text": "nonsense"}}):
            with self.subTest(answer=answer):
                function = Connected(Peer(callback=answer)).handles.function(1)
                error = self.outcome(function({}))
                self.assertIs(type(error), BridgeFault)
                self.assertIsNotNone(error.__cause__)

    def test_a_web_resource_is_unavailable_when_the_bridge_fails(self) -> None:
        for answer, status, line in (
            ({}, 503, "web resource: the bridge itself failed; the client gets 503"),
            (
                FrameError("long"),
                503,
                "web resource: the bridge itself failed; the client gets 503",
            ),
            (Disconnected("gone"), 503, "web resource: gone; the client gets 503"),
            (TimedOut("late"), 504, "web resource: late; the client gets 504"),
        ):
            with self.subTest(answer=answer):
                request = IncomingRequest()
                resource = WebResource(bridge(Peer(fetch=answer)))
                work = resource._async_render(cast(SynapseRequest, request))
                outcome, record = self.fault(work)
                self.assertIs(type(outcome), SynapseError)
                self.assertEqual((outcome.code, outcome.errcode), (status, Codes.UNKNOWN))
                self.assertEqual(record.getMessage(), f"{line} (request PUT-7)")
