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

    def test_brings_what_the_work_comes_to(self) -> None:
        self.work.callback("done")
        self.assertEqual((self.successResultOf(self.waiting), self.told), ("done", 0))

    def test_brings_what_the_work_fails_with(self) -> None:
        self.work.errback(Failure(ValueError("no")))
        self.failureResultOf(self.waiting, ValueError)

    def test_tells_of_a_cancellation_and_waits(self) -> None:
        self.waiting.cancel()
        self.waiting.cancel()
        self.assertNoResult(self.waiting)
        self.assertEqual(self.told, 1)
        self.work.callback("done")
        self.failureResultOf(self.waiting, CancelledError)

    def test_leaves_what_came_too_late_to_the_work(self) -> None:
        late: list[str] = []
        work: Deferred[str] = Deferred()

        def collect() -> None:
            work.addCallback(late.append)

        waiting = shield(work, collect)
        waiting.cancel()
        work.callback("late")
        self.failureResultOf(waiting, CancelledError)
        self.assertEqual(late, ["late"])

    def test_does_not_bring_the_error_of_what_was_cancelled(self) -> None:
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

    def test_tells_the_other_side_and_waits_for_its_answer(self) -> None:
        call = self.dispatch(shielded=True)
        call.cancel()
        self.assertEqual(self.cancelled(), [1])
        self.assertNoResult(call)
        self.answer("too late")
        self.failureResultOf(call, CancelledError)
        self.assertEqual(self.discarded, ["too late"])

    def test_waits_for_no_longer_than_a_call_may_take(self) -> None:
        call = self.dispatch(shielded=True)
        self.clock.advance(4)
        call.cancel()
        self.clock.advance(5)
        self.assertNoResult(call)
        self.clock.advance(1)
        self.failureResultOf(call, CancelledError)

    def test_waits_for_no_longer_than_there_is_a_connection(self) -> None:
        call = self.dispatch(shielded=True)
        call.cancel()
        self.peer.connectionLost()
        self.failureResultOf(call, CancelledError)

    def test_waits_for_nothing_where_a_callback_is_not_shielded(self) -> None:
        call = self.dispatch(shielded=False)
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.assertEqual(self.cancelled(), [1])

    def test_cancels_a_call_that_takes_too_long(self) -> None:
        call = self.dispatch(shielded=True)
        self.clock.advance(10)
        self.failureResultOf(call, TimedOut)
        self.assertEqual(self.cancelled(), [1])
        self.answer("too late")
        self.assertEqual(self.discarded, ["too late"])
