from typing import Any, cast

from synapse.module_api.errors import SynapseError
from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.main import CONNECTION_DONE
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.errors import Disconnected, RefusedCall, RemoteError
from ligand_synapse.framing import FrameParser, frame
from ligand_synapse.peer import Answer, Peer


class PeerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.transport = StringTransport()
        self.peer = Peer(self.answers)
        self.peer.makeConnection(self.transport)

    def sent(self) -> list[dict[str, Any]]:
        messages = FrameParser().feed(self.transport.value())
        self.transport.clear()
        return messages

    def receive(self, **message: Any) -> None:
        self.peer.dataReceived(frame({"jsonrpc": "2.0", **message}))

    def lose(self) -> None:
        self.peer.connectionLost(Failure(ConnectionDone()))

    def test_answers_are_matched_to_requests_in_any_order(self) -> None:
        first, second = self.peer.ask("m", {"n": 1}), self.peer.ask("m", {"n": 2})
        self.assertEqual(
            [(sent["id"], sent["method"], sent["params"]) for sent in self.sent()],
            [(1, "m", {"n": 1}), (2, "m", {"n": 2})],
        )
        self.receive(id=2, result="two")
        data = {"kind": "other", "name": "TypeError"}
        self.receive(id=1, error={"code": 1, "message": "no", "data": data})
        self.assertEqual(self.successResultOf(second), "two")
        self.failureResultOf(first, RemoteError)

    def test_an_answer_is_there_when_code_asks_for_it_that_awaited_another_one(self) -> None:
        first, second = self.peer.ask("m", {}), self.peer.ask("m", {})
        self.peer.awaits(first)
        found: list[bool] = []
        first.addCallback(lambda _: found.append(second.called))
        self.peer.dataReceived(
            b"".join(frame({"jsonrpc": "2.0", "id": number, "result": 0}) for number in (1, 2))
        )
        self.assertEqual(found, [True])

    def test_a_cancellation_is_sent_and_a_later_answer_ignored(self) -> None:
        asked = self.peer.ask("m", {})
        self.sent()
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        cancel = {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}}
        self.assertEqual(self.sent(), [cancel])
        self.receive(id=1, result=None)

    def test_requests_in_flight_fail_when_the_connection_ends(self) -> None:
        asked = self.peer.ask("m", {})
        self.lose()
        self.failureResultOf(asked, Disconnected)
        self.assertIsNone(self.successResultOf(self.peer.lost))
        self.assertRaises(Disconnected, self.peer.ask, "m", {})

    def test_garbage_ends_the_connection(self) -> None:
        with self.assertLogs("ligand_synapse.peer", "ERROR") as logs:
            self.peer.dataReceived(b"garbage without end" * 1000)
        self.assertTrue(self.transport.disconnecting or self.transport.disconnected)
        self.assertIn("no end of a header", logs.output[0])

    def test_requests_are_answered_with_results_or_errors(self) -> None:
        async def answer(params: dict[str, Any]) -> Any:
            return params["x"] * 2

        self.answers["double"] = answer
        self.receive(id=7, method="double", params={"x": 2})
        self.receive(id=8, method="nothing", params={})
        with self.assertLogs("ligand_synapse.peer", "WARNING"):
            self.receive(id=9, method="double", params={})
        good, unknown, bad = self.sent()
        self.assertEqual(good, {"jsonrpc": "2.0", "id": 7, "result": 4})
        self.assertEqual(unknown["error"]["code"], -32601)
        self.assertEqual(bad["error"]["data"], {"kind": "other", "name": "KeyError"})

    def test_work_is_cancelled_on_request_and_when_the_connection_ends(self) -> None:
        work: list[Deferred[None]] = []

        async def answer(params: dict[str, Any]) -> Any:
            pending: Deferred[None] = Deferred()
            work.append(pending)
            await pending

        self.answers["wait"] = answer
        self.receive(id=1, method="wait", params={})
        self.receive(id=2, method="wait", params={})
        self.receive(method="$/cancelRequest", params={"id": 1})
        self.assertEqual([bool(pending.called) for pending in work], [True, False])
        (cancelled,) = self.sent()
        self.assertEqual((cancelled["id"], cancelled["error"]["code"]), (1, -32800))
        self.lose()
        self.assertEqual([bool(pending.called) for pending in work], [True, True])

    def test_an_answer_that_cannot_be_encoded_becomes_an_error(self) -> None:
        async def answer(params: dict[str, Any]) -> Any:
            return {1, 2}

        self.answers["set"] = answer
        with self.assertLogs("ligand_synapse.peer", "ERROR") as logs:
            self.receive(id=1, method="set", params={})
        (sent,) = self.sent()
        self.assertEqual(sent["error"]["data"]["name"], "TypeError")
        self.assertIn("The answer to set cannot cross", logs.output[0])
        self.assertIn("Traceback", logs.output[0])

    def test_failures_are_logged_with_their_stack_and_refusals_are_not(self) -> None:
        refused = RefusedCall("LIGAND_ARGUMENT_INVALID", "Rooms.deleteRoom: bad")
        refused.__cause__ = ValueError("bad")
        raised: list[Exception] = [
            RefusedCall("LIGAND_ARGUMENT_INVALID", "no"),
            SynapseError(404, "no"),
            AttributeError("of another Synapse"),
            refused,
        ]

        async def answer(params: dict[str, Any]) -> Any:
            raise raised.pop(0)

        self.answers["ligand/service"] = answer
        params = {"service": "Users", "method": "isUserAdmin", "args": []}
        with self.assertLogs("ligand_synapse.peer", "DEBUG") as logs:
            for request_id in (1, 2, 3, 4):
                self.receive(id=request_id, method="ligand/service", params=params)
        self.assertEqual(
            [(record.levelname, record.getMessage()) for record in logs.records],
            [
                ("WARNING", "Users.isUserAdmin failed for a module"),
                ("INFO", f"Users.isUserAdmin was refused to a module: {refused}"),
            ],
        )
        self.assertIn("AttributeError: of another Synapse", logs.output[0])
        self.assertIn("ValueError: bad", logs.output[1])
        self.assertEqual(len(self.sent()), 4)

    def test_a_failing_notification_is_logged_and_the_connection_continues(self) -> None:
        noticed: list[Any] = []
        self.peer = Peer({}, listeners={"note": lambda params: noticed.append(params["x"])})
        self.peer.makeConnection(self.transport)
        with self.assertLogs("ligand_synapse.peer", "ERROR") as logs:
            self.receive(method="note", params={})
            self.receive(method="$/cancelRequest", params=None)
            self.receive(method="unknown", params=None)
        self.assertEqual(
            [record.getMessage() for record in logs.records],
            [
                "The notification note was not understood",
                "The notification $/cancelRequest was not understood",
            ],
        )
        self.receive(method="note", params={"x": 1})
        self.assertEqual(noticed, [1])
        self.assertFalse(self.transport.disconnecting)

    def test_a_message_that_breaks_the_bridge_ends_the_connection(self) -> None:
        asked = self.peer.ask("m", {})
        self.patch(self.peer, "_settle", lambda request_id, message: message["x"])
        with self.assertLogs("ligand_synapse.peer", "ERROR") as logs:
            self.receive(id=1, result=None)
        self.assertIn("KeyError", logs.output[0])
        self.assertTrue(self.transport.disconnecting or self.transport.disconnected)
        self.lose()
        self.failureResultOf(asked, Disconnected)


class Descriptor(FileDescriptor):
    """A socket of a reactor whose turns the test makes."""

    def __init__(self) -> None:
        super().__init__(cast(Any, self))
        self.connected = 1
        self.sent: list[bytes] = []

    def addWriter(self, writer: Any) -> None: ...

    def removeWriter(self, writer: Any) -> None: ...

    def removeReader(self, reader: Any) -> None: ...

    def writeSomeData(self, data: bytes) -> int:
        self.sent.append(bytes(data))
        return len(data)


class SendingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.peer = Peer({})
        self.transport = Descriptor()
        self.peer.makeConnection(cast(Any, self.transport))

    def answers(self, *ids: int) -> bytes:
        return b"".join(frame({"jsonrpc": "2.0", "id": number, "result": None}) for number in ids)

    def test_what_answers_lead_to_is_sent_together_before_the_reactors_next_turn(self) -> None:
        for _ in range(2):
            self.peer.ask("m", {}).addCallback(lambda _: self.peer.tell("then", {}))
        self.assertEqual(self.transport.sent, [])
        self.transport.doWrite()
        self.transport.sent.clear()
        self.peer.dataReceived(self.answers(1, 2))
        (sent,) = self.transport.sent
        self.assertEqual([message["method"] for message in FrameParser().feed(sent)], ["then"] * 2)

    def test_a_connection_that_an_answer_closes_is_closed_by_the_reactor(self) -> None:
        def close(_: Any) -> None:
            self.peer.tell("last", {})
            self.peer.close()

        self.peer.ask("m", {}).addCallback(close)
        self.transport.doWrite()
        self.transport.sent.clear()
        self.peer.dataReceived(self.answers(1))
        self.assertEqual(self.transport.sent, [])
        self.assertIs(self.transport.doWrite(), CONNECTION_DONE)
        (sent,) = self.transport.sent
        self.assertEqual([message["method"] for message in FrameParser().feed(sent)], ["last"])
