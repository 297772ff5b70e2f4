import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse import command as command_module
from ligand_synapse.command import Command, level_of
from ligand_synapse.orphan_guard import OrphanGuard
from ligand_synapse.output import OutputLimit

TIME = "2026-01-01T00:00:00.000Z"
LEFT_OUT = (
    r"WARNING:ligand_synapse\.serve:Left out (\d+) lines \(\1 bytes\) of ligand serve: "
    r"it wrote too much within a second"
)


class CommandTests(SynchronousTestCase):
    def test_a_line_of_ligand_serve_is_logged_at_its_own_level(self) -> None:
        lines = [
            (f"{TIME} info listening on unix:/a", logging.INFO),
            (f"{TIME} error [A] it failed", logging.ERROR),
            ("    TypeError: x", logging.ERROR),
            (f"{TIME} warn beware", logging.WARNING),
            # --log-level asked for debug lines, so Synapse's own log level mustn't hide them.
            (f"{TIME} debug hook x", logging.INFO),
            ('{"timestamp":"x","level":"warn","message":"beware"}', logging.WARNING),
            ("{ not JSON", logging.INFO),
            ('{"level":["warn"]}', logging.INFO),
            ('{"level":{"name":"warn"}}', logging.INFO),
            ("what a module prints", logging.INFO),
        ]
        level = logging.INFO
        levels = [level := level_of(line, level) for line, _ in lines]
        self.assertEqual(levels, [expected for _, expected in lines])

    def test_everything_a_process_wrote_is_logged_before_it_counts_as_ended(self) -> None:
        script = "for n in range(100): print(f'problem {n}')"
        command = Command([sys.executable, "-c", script])
        with self.assertLogs("ligand_synapse") as logs:
            self.assertEqual(command._run(), 0)
        self.assertEqual(list(command._last_lines), [f"problem {n}" for n in range(100)])
        self.assertEqual(logs.output[-1], "INFO:ligand_synapse.serve:problem 99")

    def test_a_flood_without_line_feeds_is_cut_with_the_number_of_bytes_left_out(self) -> None:
        script = "import os\nfor _ in range(64): os.write(2, b'x' * 2**20)"
        command = Command([sys.executable, "-c", script])
        with self.assertLogs("ligand_synapse") as logs:
            self.assertEqual(command._run(), 0)
        self.assertRegex(
            logs.output[-1],
            r"^INFO:ligand_synapse\.serve:x{65536} … \(67043328 more bytes left out\)$",
        )
        self.assertEqual([len(line) for line in command._last_lines], [2000])

    def test_a_flood_of_lines_is_logged_in_part_with_a_note(self) -> None:
        script = "for _ in range(20000): print('a')"
        command = Command([sys.executable, "-c", script])
        # All of it within one second, however long it takes.
        self.patch(command_module, "OutputLimit", lambda said: OutputLimit(said, lambda: 100.0))
        with self.assertLogs("ligand_synapse") as logs:
            self.assertEqual(command._run(), 0)
        notes = [re.fullmatch(LEFT_OUT, line) for line in logs.output]
        left_out = sum(int(note[1]) for note in notes if note)
        self.assertGreater(left_out, 0)
        self.assertEqual(logs.output.count("INFO:ligand_synapse.serve:a") + left_out, 20000)

    def test_a_process_that_hangs_is_killed(self) -> None:
        command = Command([sys.executable, "-c", "print('up', flush=True)\nwhile True: pass"])
        thread = threading.Thread(target=command._run)
        with self.assertLogs("ligand_synapse") as logs:
            thread.start()
            while "up" not in command._last_lines:
                time.sleep(0.01)
            command.kill("it has answered nothing for 60 s")
            thread.join()
        self.assertIn(
            "ERROR:ligand_synapse.command:Killing ligand serve: it has answered nothing for 60 s",
            logs.output,
        )

    def test_a_process_has_ended_even_if_its_child_keeps_the_output_open(self) -> None:
        for new_session in (False, True):
            script = (
                "import subprocess\n"
                f"sleep = subprocess.Popen(['sleep', '60'], start_new_session={new_session})\n"
                "print(sleep.pid)"
            )
            command = Command([sys.executable, "-c", script])
            thread = threading.Thread(target=command._run, daemon=True)
            thread.start()
            thread.join(60)
            self.assertFalse(thread.is_alive())
            pid = int(command._last_lines[0])
            if new_session:
                os.kill(pid, signal.SIGKILL)
            else:
                self.assertTrue(_ends(pid))


def _ends(pid: int) -> bool:
    """Returns whether a process that was killed ends. The kernel may take its time."""
    deadline = time.monotonic() + 60
    while _runs(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _runs(pid: int) -> bool:
    """Returns whether a process is running. A zombie isn't."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and ") Z " not in stat.read_text()


class OrphanGuardTests(SynchronousTestCase):
    def start(self, script: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True
        )
        assert process.stdout is not None
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_the_guard_ends_the_process_group_when_its_pipe_closes(self) -> None:
        process = self.start("import os\nos.fork()\nwhile True: pass")
        guard = OrphanGuard(process.pid)
        assert guard._shell is not None and guard._shell.stdin is not None
        # The kernel does this when Synapse dies, however it dies.
        guard._shell.stdin.close()
        self.assertEqual(process.wait(60), -signal.SIGKILL)
        guard._shell.wait()
        # Reaches the end only if the group's other process is dead as well.
        assert process.stdout is not None
        self.assertEqual(process.stdout.read(), b"")

    def test_a_released_guard_leaves_the_process_group_alone(self) -> None:
        process = self.start("import time\ntime.sleep(60)")
        OrphanGuard(process.pid).release()
        time.sleep(1.5)
        self.assertIsNone(process.poll())
