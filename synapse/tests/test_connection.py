import logging
from collections.abc import Callable
from typing import Any, cast
from unittest.mock import create_autospec

from synapse.module_api import ModuleApi
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.config import parse_config
from ligand_synapse.connection import Connection, Session
from ligand_synapse.errors import Disconnected, RemoteError, Unavailable, decode_error
from ligand_synapse.framing import FrameParser, frame
from ligand_synapse.introduction import PROTOCOL_VERSION, ModulesInfo
from ligand_synapse.peer import Peer

REFUSED = RemoteError("the modules did not start")


class FailingConnection(Connection):
    """Fails to connect with each of the given errors in turn, then stops."""

    def __init__(self, errors: list[Exception]) -> None:
        config = parse_config({"socket": "/ligand.sock"})
        super().__init__(create_autospec(ModuleApi, instance=True), config, {}, lambda _: None)
        self._errors = errors
        self.go_on: Deferred[None] = Deferred()

    async def _connect(self) -> tuple[Peer, Session]:
        await self.go_on
        raise self._errors.pop(0)

    async def _sleep(self, seconds: float) -> None:
        self._stopped = not self._errors


class LateEndpoint:
    """An endpoint that connects when the test calls `go_on`."""

    def __init__(self) -> None:
        self.connected: Deferred[Peer] = Deferred()
        self.transport = StringTransport()
        self._factory: Factory | None = None

    def connect(self, factory: Factory) -> Deferred[Peer]:
        self._factory = factory
        return self.connected

    def go_on(self) -> Peer:
        assert self._factory is not None
        peer = self._factory.buildProtocol(self.transport.getPeer())
        assert isinstance(peer, Peer)
        peer.makeConnection(self.transport)
        self.connected.callback(peer)
        return peer


class LateConnection(Connection):
    """A connection that uses the test's endpoint."""

    def __init__(
        self, endpoint: LateEndpoint, on_changed: Callable[[ModulesInfo], None] = lambda _: None
    ) -> None:
        config = parse_config({"socket": "/ligand.sock"})
        api = create_autospec(ModuleApi, instance=True)
        api.public_baseurl = "http://localhost/"
        api.run_as_background_process.side_effect = lambda _, work: ensureDeferred(work())
        super().__init__(api, config, {}, lambda _: None, on_changed)
        self._late = endpoint

    def _endpoint(self) -> IStreamClientEndpoint:
        return cast(IStreamClientEndpoint, self._late)


class ConnectionTests(SynchronousTestCase):
    def test_requests_fail_fast_after_the_first_failed_attempt_to_connect(self) -> None:
        connection = FailingConnection([REFUSED])
        with self.assertLogs("ligand_synapse.connection"):
            running = ensureDeferred(connection.run())
            waiting = ensureDeferred(connection.session(60))
            self.assertNoResult(waiting)
            connection.go_on.callback(None)
        self.failureResultOf(waiting, Disconnected)
        self.failureResultOf(ensureDeferred(connection.session(60)), Disconnected)
        self.successResultOf(running)

    def test_a_repeated_failure_is_logged_at_debug(self) -> None:
        gone = Disconnected("it is gone")
        connection = FailingConnection([gone, gone, REFUSED, REFUSED, gone])
        connection.go_on.callback(None)
        with self.assertLogs("ligand_synapse.connection", logging.DEBUG) as logs:
            self.successResultOf(ensureDeferred(connection.run()))
        self.assertEqual(
            [
                (record.levelname, record.getMessage().rpartition(": ")[2])
                for record in logs.records
            ],
            [
                ("WARNING", "it is gone"),
                ("DEBUG", "it is gone"),
                ("ERROR", "the modules did not start"),
                ("DEBUG", "the modules did not start"),
                ("WARNING", "it is gone"),
            ],
        )

    def test_an_unexpected_error_is_logged_with_its_stack(self) -> None:
        connection = FailingConnection([REFUSED, KeyError("instance")])
        connection.go_on.callback(None)
        with self.assertLogs("ligand_synapse.connection", logging.ERROR) as logs:
            self.successResultOf(ensureDeferred(connection.run()))
        self.assertEqual(
            [bool(record.exc_info) for record in logs.records],
            [False, True],
        )

    def test_a_connection_stopped_while_connecting_starts_no_modules(self) -> None:
        endpoint = LateEndpoint()
        connection = LateConnection(endpoint)
        running = ensureDeferred(connection.run())
        self.assertNoResult(running)
        connection.stop()
        with self.assertNoLogs("ligand_synapse.connection"):
            endpoint.go_on()
        self.assertEqual(
            (endpoint.transport.value(), endpoint.transport.disconnecting), (b"", True)
        )
        self.successResultOf(running)

    def test_a_reload_is_passed_on(self) -> None:
        endpoint = LateEndpoint()
        changes: list[ModulesInfo] = []
        connection = LateConnection(endpoint, changes.append)
        running = ensureDeferred(connection.run())
        peer = endpoint.go_on()
        info = {
            "protocol": PROTOCOL_VERSION,
            "ligand": "1.0.0",
            "instance": "i",
            "modules": [{"id": "Filter", "name": "Filter"}],
            "hooks": [],
            "loginTypes": [],
            "webPaths": [{"path": "/_synapse/client/x", "module": "Filter", "methods": ["GET"]}],
        }
        peer.dataReceived(frame({"jsonrpc": "2.0", "method": "ligand/changed", "params": info}))
        self.assertEqual(changes, [ModulesInfo.of(info)])
        with self.assertLogs("ligand_synapse.peer", logging.ERROR):
            peer.dataReceived(frame({"jsonrpc": "2.0", "method": "ligand/changed", "params": 3}))
        connection.stop()
        peer.connectionLost(Failure(ConnectionDone()))
        self.successResultOf(running)

    def test_a_session_sends_what_callbacks_look_at_from_when_it_says_so(self) -> None:
        endpoint = LateEndpoint()
        connection = LateConnection(endpoint)
        running = ensureDeferred(connection.run())
        peer = endpoint.go_on()

        def hook(parameters: int) -> dict[str, Any]:
            callback = {"parameters": parameters, "types": None, "state": None}
            return {
                "category": "spamChecker",
                "hook": "checkEventForSpam",
                "referenceName": "check_event_for_spam",
                "shield": False,
                "facets": {"room": 0, "user": 0, "type": 0},
                "callbacks": [callback],
            }

        def looked_at() -> int:
            session = self.successResultOf(ensureDeferred(connection.session(1)))
            return session.info.hooks["check_event_for_spam"].others.parameters

        def receive(**message: Any) -> list[dict[str, Any]]:
            endpoint.transport.clear()
            peer.dataReceived(frame({"jsonrpc": "2.0", **message}))
            return FrameParser().feed(endpoint.transport.value())

        info = {
            "protocol": PROTOCOL_VERSION,
            "ligand": "1.0.0",
            "instance": "i",
            "modules": [],
            "hooks": [hook(0)],
            "loginTypes": [],
            "webPaths": [],
        }
        (start,) = receive(id=1, result=info)
        # Before the modules have started, their hooks come with the answer to that.
        ask = {"method": "ligand/hooks", "params": {"hooks": [hook(1)]}}
        self.assertEqual(receive(id=7, **ask), [{"jsonrpc": "2.0", "id": 7, "result": None}])
        with self.assertLogs("ligand_synapse.connection", logging.INFO):
            receive(id=start["id"], result=[hook(0)])
        self.assertEqual(looked_at(), 0)
        self.assertEqual(receive(id=8, **ask), [{"jsonrpc": "2.0", "id": 8, "result": None}])
        self.assertEqual(looked_at(), 1)
        with self.assertLogs("ligand_synapse.peer", logging.WARNING):
            (refused,) = receive(id=9, method="ligand/hooks", params={"hooks": [3]})
        self.assertEqual((refused["id"], "error" in refused, looked_at()), (9, True, 1))
        connection.stop()
        peer.connectionLost(Failure(ConnectionDone()))
        self.successResultOf(running)

    def test_stopping_and_busy_modules_count_as_unavailable(self) -> None:
        for code, kind in (
            ("LIGAND_HOST_STOPPED", Unavailable),
            ("LIGAND_REMOTE_BUSY", Unavailable),
            ("LIGAND_MODULE_FAILED", RemoteError),
        ):
            data = {"kind": "ligand", "code": code, "remedy": "Wait."}
            error = decode_error({"code": 1, "message": "m", "data": data})
            self.assertIs(type(error), kind)
