import gc
import threading
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.framing import FrameParser
from ligand_synapse.handles import PeerHandles
from ligand_synapse.peer import Peer
from ligand_synapse.releases import Releases
from ligand_synapse.wire import decode


class ReleasesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.transport = StringTransport()
        self.peer = Peer({})
        self.peer.makeConnection(self.transport)
        self.scheduled: list[Callable[[], None]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        releases = Releases(self.peer.tell, self.scheduled.append)
        self.handles = PeerHandles("https://example.org/", self.answer, releases, 1)

    async def answer(self, method: str, params: dict[str, Any], timeout: float | None) -> Any:
        self.asked.append((method, params))
        return {"result": None, "args": []}

    def function(self, number: int) -> Any:
        return decode({"$": "callback", "id": number}, self.handles)

    def told(self) -> list[Any]:
        """Runs the scheduled calls and returns the notifications sent to the peer."""
        scheduled, self.scheduled[:] = list(self.scheduled), []
        for call in scheduled:
            call()
        messages = FrameParser().feed(self.transport.value())
        self.transport.clear()
        return [(message["method"], message["params"]) for message in messages]

    def test_a_function_that_can_still_be_called_is_kept(self) -> None:
        function = self.function(1)
        gc.collect()
        self.assertEqual(self.told(), [])
        self.assertIsNotNone(function)

    def test_unreachable_functions_are_released_in_one_notification(self) -> None:
        functions = [self.function(number) for number in range(1, 1001)]
        functions.clear()
        self.assertEqual(len(self.scheduled), 1)
        ((method, params),) = self.told()
        self.assertEqual((method, sorted(params["ids"])), ("ligand/release", [*range(1, 1001)]))

    def test_a_function_in_a_cycle_is_released_when_it_is_collected(self) -> None:
        cycle: list[Any] = [self.function(5)]
        cycle.append(cycle)
        del cycle
        gc.collect()
        self.assertEqual(self.told(), [("ligand/release", {"ids": [5]})])

    def test_nothing_is_written_from_another_thread(self) -> None:
        functions = [self.function(7)]
        thread = threading.Thread(target=functions.clear)
        thread.start()
        thread.join()
        self.assertEqual(self.transport.value(), b"")
        self.assertEqual(self.told(), [("ligand/release", {"ids": [7]})])

    def test_a_function_that_was_called_is_not_released_again(self) -> None:
        function = self.function(3)
        self.successResultOf(ensureDeferred(function("x")))
        del function
        self.assertEqual(self.asked, [("ligand/callback", {"id": 3, "args": ["x"]})])
        self.assertEqual(self.told(), [])

    def test_functions_in_a_discarded_answer_are_released(self) -> None:
        function = {"$": "callback", "id": 4}
        self.handles.discard({"result": ["@a:example.org", function]})
        self.handles.discard({"result": {"$": "an unknown form"}})
        self.handles.discard(None)
        self.assertEqual(self.told(), [("ligand/release", {"ids": [4]})])

    def test_nothing_is_released_once_the_connection_has_ended(self) -> None:
        functions = [self.function(1), self.function(2)]
        functions.pop()
        self.peer.connectionLost()
        functions.pop()
        self.assertEqual(self.told(), [])
