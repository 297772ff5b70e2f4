from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.errors import Disconnected, TimedOut, Unavailable
from ligand_synapse.unanswered import UnansweredCalls

ALLOW = "the hook follows the policy allow"
LATE = TimedOut("ligand serve did not answer ligand/hook within 10 s")
BUSY = Unavailable("512 requests are under way, which is the limit")
GONE = Disconnected("ligand serve is not connected")


class UnansweredCallsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.calls = UnansweredCalls(self.clock)

    def logged_in(self, seconds: float) -> list[str]:
        with self.assertLogs("ligand_synapse.unanswered", "WARNING") as logs:
            self.clock.advance(seconds)
        return [record.getMessage() for record in logs.records]

    def test_the_first_unanswered_call_of_a_hook_is_logged_and_others_are_counted(self) -> None:
        with self.assertLogs("ligand_synapse.unanswered", "DEBUG") as logs:
            for error in (LATE, LATE, BUSY, LATE, GONE):
                self.calls.log("check_event_for_spam", error, ALLOW)
            self.calls.log("user_may_invite", BUSY, ALLOW)
        self.assertEqual(
            [record.getMessage() for record in logs.records if record.levelname == "WARNING"],
            [f"check_event_for_spam: {LATE}; {ALLOW}", f"user_may_invite: {BUSY}; {ALLOW}"],
        )
        self.assertEqual(len(logs.records), 6)

    def test_further_unanswered_calls_are_summed_up_once_a_minute(self) -> None:
        with self.assertLogs("ligand_synapse.unanswered"):
            self.calls.log("check_event_for_spam", LATE, ALLOW)
        self.clock.advance(59)
        with self.assertNoLogs("ligand_synapse.unanswered", "WARNING"):
            for error in (LATE, BUSY, LATE, GONE):
                self.calls.log("check_event_for_spam", error, ALLOW)
        self.assertEqual(
            self.logged_in(1),
            [
                "check_event_for_spam: 4 more calls went unanswered in the last minute "
                f"(2 timed out, 1 refused, 1 not connected); {ALLOW}"
            ],
        )
        self.calls.log("check_event_for_spam", LATE, ALLOW)
        self.assertEqual(
            self.logged_in(60),
            [
                "check_event_for_spam: 1 more call went unanswered in the last minute "
                f"(1 timed out); {ALLOW}"
            ],
        )

    def test_an_unanswered_call_after_a_quiet_minute_is_logged_again(self) -> None:
        with self.assertLogs("ligand_synapse.unanswered"):
            self.calls.log("check_event_for_spam", LATE, ALLOW)
        with self.assertNoLogs("ligand_synapse.unanswered"):
            self.clock.advance(60)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        with self.assertLogs("ligand_synapse.unanswered", "WARNING") as logs:
            self.calls.log("check_event_for_spam", BUSY, ALLOW)
        self.assertEqual(logs.records[0].getMessage(), f"check_event_for_spam: {BUSY}; {ALLOW}")
