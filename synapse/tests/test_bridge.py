import logging
from typing import Any, cast

from synapse.logging.context import ContextRequest
from synapse.module_api import NOT_SPAM
from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse import bridge as bridge_module
from ligand_synapse.bridge import Bridge
from ligand_synapse.config import Policy, parse_config
from ligand_synapse.connection import Connection, Session
from ligand_synapse.errors import Disconnected, LigandError, TimedOut, Unavailable
from ligand_synapse.handles import PeerHandles
from ligand_synapse.hooks import HOOKS, Hook
from ligand_synapse.introduction import LoginType, ModulesInfo
from ligand_synapse.remote_hook import RemoteHook, Wanted

from .log_contexts import context_of
from .test_room_state import event_of, members

PASSWORD = LoginType("m.login.password", ("password",))
FAILURES = (Disconnected("it is not connected"), TimedOut("it did not answer"))


class FailingConnection:
    """A connection without a session: each request for one raises an error."""

    def __init__(self, error: LigandError) -> None:
        self._error = error

    async def session(self, timeout: float) -> Session:
        raise self._error


class OtherModules:
    """A connection whose modules register nothing."""

    async def session(self, timeout: float) -> Session:
        info = ModulesInfo("0.1.0", "second", (), {}, frozenset(), frozenset())
        return Session(cast(Any, None), cast(Any, None), info)


class SilentPeer:
    """A peer without an opinion, which records the context of each call."""

    def __init__(self, **answer: Any) -> None:
        self.contexts: list[dict[str, str]] = []
        self._answer = {"result": None, **answer}

    def ask(self, method: str, params: dict[str, Any]) -> Deferred[Any]:
        self.contexts.append(params["context"])
        return succeed(self._answer)


class PeerOfOneHook:
    """A connection whose modules register one hook."""

    def __init__(self, peer: SilentPeer, name: str) -> None:
        hooks = {name: whole_hook(name)}
        info = ModulesInfo("0.1.0", "first", (), hooks, frozenset(), frozenset())
        self.handles = PeerHandles("http://localhost", cast(Any, None), cast(Any, None), 1)
        self._session = Session(cast(Any, peer), self.handles, info)

    async def session(self, timeout: float) -> Session:
        return self._session


def whole_hook(name: str) -> RemoteHook:
    """A hook with a callback that uses every argument and the whole state."""
    arity = HOOKS[name].arity
    return RemoteHook("a", "b", shield=False, others=Wanted(True, arity, None), named={})


def requested(url: str) -> ContextRequest:
    return ContextRequest("PUT-1", "127.0.0.1", "site", None, None, "PUT", url, "1.1", "agent")


def bridge(
    connection: Any,
    policies: dict[str, Policy] | None = None,
    hooks: dict[str, RemoteHook] | None = None,
) -> Bridge:
    config = parse_config({"socket": "/ligand.sock", "on_disconnect": policies})
    return Bridge(config, cast(Connection, connection), hooks or {})


class BridgeTests(SynchronousTestCase):
    def setUp(self) -> None:
        # Tests that check the log capture it. In the others it would only be noise.
        for name in ("bridge", "unanswered"):
            logger = logging.getLogger(f"ligand_synapse.{name}")
            silent = logging.NullHandler()
            logger.addHandler(silent)
            self.addCleanup(logger.removeHandler, silent)
            self.patch(logger, "propagate", False)
        self.clock = Clock()
        self.patch(bridge_module, "clock", self.clock)

    def outcome(self, answer: Any) -> Any:
        """Returns the value of an answer, or the type of the exception that it raised."""
        deferred: Deferred[Any] = ensureDeferred(answer)
        results: list[Any] = []
        deferred.addCallbacks(results.append, lambda failure: results.append(failure.type))
        return results[0]

    def asked(self, bridge: Bridge, hook: Hook) -> Any:
        args = (None,) * hook.arity
        if hook.name == "auth_checkers":
            return self.outcome(bridge.check_auth(hook, PASSWORD, args))
        return self.outcome(bridge.ask(hook, args))

    def standing_in(self, answer: Any) -> Any:
        standing_in = answer()
        return type(standing_in) if isinstance(standing_in, Exception) else standing_in

    def test_every_hook_fails_by_default_when_the_modules_are_unreachable(self) -> None:
        for error in FAILURES:
            for hook in HOOKS.values():
                with self.subTest(hook=hook.name, error=type(error)):
                    self.assertIs(self.asked(bridge(FailingConnection(error)), hook), type(error))

    def test_an_unreachable_hook_answers_by_its_policy(self) -> None:
        for error in FAILURES:
            for hook in HOOKS.values():
                expected: dict[Policy, Any] = {
                    "error": type(error),
                    "allow": self.standing_in(hook.allow),
                }
                if hook.deny is not None:
                    expected["deny"] = self.standing_in(hook.deny)
                for policy, outcome in expected.items():
                    with self.subTest(hook=hook.name, policy=policy, error=type(error)):
                        asked = bridge(FailingConnection(error), {hook.name: policy})
                        self.assertEqual(self.asked(asked, hook), outcome)

    def test_an_event_that_no_callback_wants_passes_while_the_modules_are_down(
        self,
    ) -> None:
        nothing = Wanted(False, 1, None)
        topics = {"m.room.topic": Wanted(True, 2, None)}
        remote = RemoteHook("a", "b", shield=False, others=nothing, named=topics)
        for policy in ("error", "deny"):
            policies: dict[str, Policy] = {"check_event_allowed": policy}
            away = bridge(
                FailingConnection(Disconnected("it is gone")),
                policies,
                {"check_event_allowed": remote},
            )
            hook = HOOKS["check_event_allowed"]
            message, topic = event_of("m.room.message"), event_of("m.room.topic")
            assert hook.deny is not None
            refused = Disconnected if policy == "error" else hook.deny()
            self.assertEqual(
                [self.outcome(away.ask(hook, (event, {}))) for event in (message, topic)],
                [hook.allow(), refused],
            )

    def test_the_last_introduction_counts_while_the_modules_are_down(self) -> None:
        hook = HOOKS["check_event_allowed"]
        nothing = RemoteHook("a", "b", shield=False, others=Wanted(False, 1, None), named={})

        class Leaving:
            """A connection whose modules want no event at all, and which then goes away."""

            is_away = False

            async def session(self, timeout: float) -> Session:
                if self.is_away:
                    raise Disconnected("it is gone")
                info = ModulesInfo(
                    "0.1.0", "second", (), {hook.name: nothing}, frozenset(), frozenset()
                )
                return Session(cast(Any, None), cast(Any, None), info)

        connection = Leaving()
        asked = bridge(connection, hooks={hook.name: whole_hook(hook.name)})
        self.outcome(asked.ask(hook, (event_of("m.room.message"), {})))
        connection.is_away = True
        self.assertEqual(
            self.outcome(asked.ask(hook, (event_of("m.room.message"), {}))), hook.allow()
        )

    def test_the_policy_of_one_hook_does_not_apply_to_another(self) -> None:
        policies: dict[str, Policy] = {"user_may_invite": "allow"}
        asked = bridge(FailingConnection(FAILURES[0]), policies)
        self.assertEqual(self.asked(asked, HOOKS["user_may_invite"]), NOT_SPAM)
        self.assertIs(self.asked(asked, HOOKS["user_may_join_room"]), Disconnected)

    def test_a_hook_that_no_module_registers_any_more_has_no_opinion(self) -> None:
        for hook in HOOKS.values():
            with self.subTest(hook=hook.name):
                expected = self.standing_in(hook.allow)
                self.assertEqual(self.asked(bridge(OtherModules()), hook), expected)

    def test_the_context_has_the_request_id_and_the_origin_if_known(self) -> None:
        hook = HOOKS["on_logged_out"]
        for request, origin in (
            (requested("/_matrix/client/v3/logout?access_token=<redacted>"), {"origin": "local"}),
            (requested("/_synapse/admin/v1/reset_password/@a:x"), {"origin": "local"}),
            (requested("/_matrix/federation/v1/send/1"), {"origin": "federation"}),
            (requested("http://hs.example/_matrix/federation/v1/send/1"), {"origin": "federation"}),
            (requested("/_synapse/replication/fed_send_events/1"), {}),
            (None, {}),
        ):
            with self.subTest(url=request and request.url):
                peer = SilentPeer()
                with context_of("PUT-1", request):
                    self.asked(bridge(PeerOfOneHook(peer, hook.name)), hook)
                self.assertEqual(peer.contexts, [{"requestId": "PUT-1", **origin}])

    def test_a_state_is_kept_after_the_answer_if_that_says_so(self) -> None:
        hook = HOOKS["check_event_allowed"]
        for answer, kept in (({}, 0), ({"keeps": True}, 1)):
            with self.subTest(answer=answer):
                connection = PeerOfOneHook(SilentPeer(**answer), hook.name)
                args = (event_of("m.room.message"), members(1000, "x" * 1000))
                self.outcome(bridge(connection).ask(hook, args))
                self.assertEqual(len(connection.handles.kept), kept)

    def test_a_call_without_an_answer_is_logged_in_one_line(self) -> None:
        for error in (*FAILURES, Unavailable("it has too much to do")):
            asked = bridge(FailingConnection(error), {"check_event_for_spam": "allow"})
            context = context_of("PUT-1")
            with self.assertLogs("ligand_synapse.unanswered", "WARNING") as logs, context:
                self.asked(asked, HOOKS["check_event_for_spam"])
            self.assertEqual(
                [(record.levelname, record.getMessage()) for record in logs.records],
                [
                    (
                        "WARNING",
                        f"check_event_for_spam: {error}; the hook follows the policy allow "
                        "(request PUT-1)",
                    )
                ],
            )

    def test_prepared_and_mutable_arguments_are_among_those_of_the_hook(self) -> None:
        for hook in HOOKS.values():
            with self.subTest(hook=hook.name):
                self.assertLess(max([*hook.prepare, hook.mutable or 0]), hook.arity)
