import logging
import sys

from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.command import Command, level_of

TIME = "2026-01-01T00:00:00.000Z"


class CommandTests(SynchronousTestCase):
    def test_keeps_the_level_of_what_ligand_serve_logs(self) -> None:
        lines = [
            (f"{TIME} info listening on unix:/a", logging.INFO),
            (f"{TIME} error [A] it failed", logging.ERROR),
            ("    TypeError: x", logging.ERROR),
            (f"{TIME} warn beware", logging.WARNING),
            # Who asked for them by --log-level wants to see them, whatever Synapse's own level.
            (f"{TIME} debug hook x", logging.INFO),
            ('{"timestamp":"x","level":"warn","message":"beware"}', logging.WARNING),
            ("{ not JSON", logging.INFO),
            ("what a module prints", logging.INFO),
        ]
        level = logging.INFO
        levels = [level := level_of(line, level) for line, _ in lines]
        self.assertEqual(levels, [expected for _, expected in lines])

    def test_ends_with_all_that_the_process_said(self) -> None:
        script = "for n in range(100): print(f'problem {n}')"
        command = Command([sys.executable, "-c", script])
        with self.assertLogs("ligand_synapse") as logs:
            self.assertEqual(command._run(), 0)
        self.assertEqual(list(command._last_lines), [f"problem {n}" for n in range(100)])
        self.assertEqual(logs.output[-1], "INFO:ligand_synapse.serve:problem 99")
