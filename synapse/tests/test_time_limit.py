from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.time_limit import TimeLimit


class TimeLimitTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.limit = TimeLimit(5, self.clock)
        self.answer: Deferred[str] = Deferred()
        self.limit.apply_to(self.answer)

    def test_an_answer_in_time_is_unchanged(self) -> None:
        self.clock.advance(4)
        self.answer.callback("here")
        self.assertEqual(self.successResultOf(self.answer), "here")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_an_answer_that_takes_longer_fails(self) -> None:
        self.clock.advance(5)
        self.failureResultOf(self.answer, TimeoutError)

    def test_progress_restarts_the_time_limit(self) -> None:
        self.clock.advance(4)
        self.limit.start_again()
        self.clock.advance(4)
        self.assertNoResult(self.answer)
        self.clock.advance(1)
        self.failureResultOf(self.answer, TimeoutError)

    def test_progress_after_the_end_changes_nothing(self) -> None:
        self.answer.callback("here")
        self.limit.start_again()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_cancellation_is_not_a_timeout(self) -> None:
        self.answer.cancel()
        self.failureResultOf(self.answer, CancelledError)

    def test_an_error_of_the_other_side_is_unchanged(self) -> None:
        self.answer.errback(ValueError("no"))
        self.failureResultOf(self.answer, ValueError)
