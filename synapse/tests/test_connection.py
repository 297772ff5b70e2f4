import logging
from unittest.mock import create_autospec

from synapse.module_api import ModuleApi
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.config import parse_config
from ligand_synapse.connection import Connection, Session
from ligand_synapse.errors import Disconnected, RemoteError, decode_error
from ligand_synapse.peer import Peer

REFUSED = RemoteError("the modules did not start")


class FailingConnection(Connection):
    """Fails with each of some errors in turn, and then connects no more."""

    def __init__(self, errors: list[Exception]) -> None:
        config = parse_config({"socket": "/ligand.sock"})
        super().__init__(create_autospec(ModuleApi, instance=True), config, {}, lambda _: None)
        self._errors = errors
        self.go_on: Deferred[None] = Deferred()

    async def _connect(self) -> tuple[Peer, Session]:
        await self.go_on
        error = self._errors.pop(0)
        self._stopped = not self._errors
        raise error

    async def _sleep(self, seconds: float) -> None:
        pass


class ConnectionTests(SynchronousTestCase):
    def test_keeps_nobody_waiting_after_a_first_attempt_that_failed(self) -> None:
        connection = FailingConnection([REFUSED])
        with self.assertLogs("ligand_synapse.connection"):
            running = ensureDeferred(connection.run())
            waiting = ensureDeferred(connection.session(60))
            self.assertNoResult(waiting)
            connection.go_on.callback(None)
        self.failureResultOf(waiting, Disconnected)
        self.failureResultOf(ensureDeferred(connection.session(60)), Disconnected)
        self.successResultOf(running)

    def test_says_once_what_fails_as_before(self) -> None:
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

    def test_is_as_good_as_gone_while_the_modules_stop_or_are_asked_too_much(self) -> None:
        for code, kind in (
            ("LIGAND_HOST_STOPPED", Disconnected),
            ("LIGAND_REMOTE_BUSY", Disconnected),
            ("LIGAND_MODULE_FAILED", RemoteError),
        ):
            data = {"kind": "ligand", "code": code, "remedy": "Wait."}
            error = decode_error({"code": 1, "message": "m", "data": data})
            self.assertIs(type(error), kind)
