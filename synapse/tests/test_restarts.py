from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.restarts import Restarts


class RestartsTests(SynchronousTestCase):
    def test_the_third_exit_within_ten_minutes_waits_for_a_minute(self) -> None:
        ends = iter([0.0, 5.0, 10.0, 70.0, 1000.0, 1001.0])
        restarts = Restarts(lambda: next(ends))
        self.assertEqual([restarts.ended() for _ in range(6)], [0.1, 1.0, 60.0, 60.0, 0.1, 1.0])
