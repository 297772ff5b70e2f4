from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.framing import frame
from ligand_synapse.heartbeat import MAX_MISSED, Heartbeat, may_be_killed
from ligand_synapse.peer import Peer


class HeartbeatTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.killed: list[str] = []
        self.peer: Peer | None = self.connected()
        self.heartbeat = Heartbeat(lambda: self.peer, self.killed.append)

    def connected(self) -> Peer:
        peer = Peer({})
        self.transport = StringTransport()
        peer.makeConnection(self.transport)
        return peer

    def test_any_answer_counts_as_a_heartbeat(self) -> None:
        self.heartbeat.beat()
        self.assertIn(b"ligand/start", self.transport.value())
        assert self.peer is not None
        for request_id in range(1, 20):
            answer = {"jsonrpc": "2.0", "id": request_id, "error": {"code": 1, "message": "no"}}
            self.peer.dataReceived(frame(answer))
            self.heartbeat.beat()
        self.assertEqual(self.killed, [])

    def test_a_command_that_answers_nothing_for_a_minute_is_killed_once(self) -> None:
        for _ in range(MAX_MISSED):
            self.heartbeat.beat()
        self.assertEqual(self.killed, [])
        for _ in range(3):
            self.heartbeat.beat()
        self.assertEqual(self.killed, ["it has answered nothing for 60 s"])

    def test_missed_heartbeats_are_counted_for_each_connection(self) -> None:
        for _ in range(MAX_MISSED):
            self.heartbeat.beat()
        self.peer = None
        self.heartbeat.beat()
        self.peer = self.connected()
        for _ in range(MAX_MISSED):
            self.heartbeat.beat()
        self.assertEqual(self.killed, [])

    def test_a_command_under_a_debugger_is_not_killed(self) -> None:
        serve = ["node", "main.js", "serve", "m.yaml", "--listen", "unix:/s"]
        self.assertTrue(may_be_killed([*serve, "--blocked-limit", "30s"]))
        self.assertFalse(may_be_killed([*serve, "--blocked-limit", "off"]))
        self.assertFalse(may_be_killed([*serve, "--blocked-limit=off"]))
        self.assertFalse(may_be_killed(["node", "--inspect-brk", *serve[1:]]))
