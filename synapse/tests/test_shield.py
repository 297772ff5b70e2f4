from collections.abc import Awaitable
from typing import Any

from synapse.util.async_helpers import delay_cancellation
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse import connection
from ligand_synapse.errors import TimedOut
from ligand_synapse.framing import FrameParser, frame
from ligand_synapse.peer import Peer
from ligand_synapse.shield import Unshielded, shield


class ShieldTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.told = 0
        self.work: Deferred[str] = Deferred()
        self.waiting = shield(self.work, self.tell)

    def tell(self) -> None:
        self.told += 1

    def test_shielded_work_returns_its_result(self) -> None:
        self.work.callback("done")
        self.assertEqual((self.successResultOf(self.waiting), self.told), ("done", 0))

    def test_shielded_work_raises_its_error(self) -> None:
        self.work.errback(Failure(ValueError("no")))
        self.failureResultOf(self.waiting, ValueError)

    def test_cancelled_work_is_notified_and_awaited(self) -> None:
        self.waiting.cancel()
        self.waiting.cancel()
        self.assertNoResult(self.waiting)
        self.assertEqual(self.told, 1)
        self.work.callback("done")
        self.failureResultOf(self.waiting, CancelledError)

    def test_a_result_that_comes_too_late_is_left_to_the_work(self) -> None:
        late: list[str] = []
        work: Deferred[str] = Deferred()

        def collect() -> None:
            work.addCallback(late.append)

        waiting = shield(work, collect)
        waiting.cancel()
        work.callback("late")
        self.failureResultOf(waiting, CancelledError)
        self.assertEqual(late, ["late"])

    def test_the_error_of_cancelled_work_is_not_raised(self) -> None:
        self.waiting.cancel()
        self.work.errback(Failure(ValueError("no")))
        self.failureResultOf(self.waiting, CancelledError)


class CancelledCallTests(SynchronousTestCase):
    """Calls made the way Synapse's dispatcher makes them, in a request that gets cancelled."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.patch(connection, "clock", self.clock)
        self.transport = StringTransport()
        self.discarded: list[Any] = []
        self.peer = Peer({}, discard=self.discarded.append)
        self.peer.makeConnection(self.transport)

    def dispatch(self, *, shielded: bool) -> "Deferred[Any]":
        async def dispatcher() -> Any:
            asked = connection.ask(self.peer, "m", {}, 10, shielded=shielded)
            callback: Awaitable[Any] = Unshielded(asked)
            return await delay_cancellation(callback)

        return ensureDeferred(dispatcher())

    def answer(self, result: str) -> None:
        self.peer.dataReceived(frame({"jsonrpc": "2.0", "id": 1, "result": result}))

    def cancelled(self) -> list[int]:
        messages = FrameParser().feed(self.transport.value())
        self.transport.clear()
        return [m["params"]["id"] for m in messages if m["method"] == "$/cancelRequest"]

    def test_a_cancelled_call_notifies_the_modules_and_waits_for_their_answer(self) -> None:
        call = self.dispatch(shielded=True)
        call.cancel()
        self.assertEqual(self.cancelled(), [1])
        self.assertNoResult(call)
        self.answer("too late")
        self.failureResultOf(call, CancelledError)
        self.assertEqual(self.discarded, ["too late"])

    def test_a_cancelled_call_waits_no_longer_than_the_call_timeout(self) -> None:
        call = self.dispatch(shielded=True)
        self.clock.advance(4)
        call.cancel()
        self.clock.advance(5)
        self.assertNoResult(call)
        self.clock.advance(1)
        self.failureResultOf(call, CancelledError)

    def test_a_cancelled_call_stops_waiting_when_the_connection_ends(self) -> None:
        call = self.dispatch(shielded=True)
        call.cancel()
        self.peer.connectionLost()
        self.failureResultOf(call, CancelledError)

    def test_an_unshielded_call_is_cancelled_immediately(self) -> None:
        call = self.dispatch(shielded=False)
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.assertEqual(self.cancelled(), [1])

    def test_a_call_that_exceeds_its_timeout_is_cancelled(self) -> None:
        call = self.dispatch(shielded=True)
        self.clock.advance(10)
        self.failureResultOf(call, TimedOut)
        self.assertEqual(self.cancelled(), [1])
        self.answer("too late")
        self.assertEqual(self.discarded, ["too late"])
