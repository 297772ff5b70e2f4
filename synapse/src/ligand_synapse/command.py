"""Starts `ligand serve`, and restarts it when it exits."""

import json
import logging
import os
import random
import re
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from .errors import LigandError
from .orphan_guard import OrphanGuard
from .output import OutputLimit, bounded_lines
from .restarts import FAILED_PAUSE_SECONDS, Restarts
from .shown import shown, shown_command

logger = logging.getLogger(__name__)
output = logging.getLogger("ligand_synapse.serve")

STOP_SECONDS = 10.0
# How long the rest of its process group may run on, and hold its output open, after it exits.
LEFT_SECONDS = 1.0
# Enough for everything `ligand serve` prints when it refuses to start.
KEPT_LINES = 200
KEPT_LINE_LENGTH = 2000

# Everything else becomes INFO, so that Synapse's log level doesn't hide the debug lines that
# `--log-level` asked for.
_LEVELS = {"error": logging.ERROR, "warn": logging.WARNING}
_PRETTY = re.compile(r"\d{4}-\d\d-\d\dT\S+ (\w+) ")

# Makes `ligand serve` shut down when its standard input closes. The kernel closes the pipe however
# this process dies, SIGKILL included. Wrappers such as npx and shells pass on both the variable and
# the pipe.
STOP_WITH_STDIN = "LIGAND_STOP_WITH_STDIN"


class Command:
    """Supervises a `ligand serve` process for as long as Synapse runs.

    A separate thread waits for the process and copies its output to Synapse's log. The reactor
    can't do this, because it may be blocked while Synapse constructs its modules.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self.arguments = list(command)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._last_lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._failure: str | None = None
        self._thread = threading.Thread(target=self._supervise, name="ligand serve", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def check(self) -> None:
        """Raises LigandError once the process has exited, so that callers stop waiting for it."""
        if self._failure is not None:
            raise LigandError(self._failure)

    def stop(self) -> None:
        """Shuts the process down, and kills it if it takes longer than STOP_SECONDS. Blocks."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is not None:
            _signal(process, signal.SIGTERM)
            self._thread.join(STOP_SECONDS)
            if self._thread.is_alive():
                logger.warning("ligand serve hasn't ended after %s s; killing it", STOP_SECONDS)
                _signal(process, signal.SIGKILL)
        if self._thread.is_alive():
            self._thread.join(1)

    def kill(self, why: str) -> None:
        """Kills a process that hangs, for the reason given. The supervisor restarts it."""
        with self._lock:
            process = self._process
        if process is not None and process.poll() is None:
            logger.error("Killing ligand serve: %s", why)
            _signal(process, signal.SIGKILL)

    def _supervise(self) -> None:
        restarts = Restarts()
        while not self._stopping.is_set():
            status = self._run()
            if self._stopping.is_set():
                return
            pause = restarts.ended()
            self._failure = (
                f"`{shown_command(self.arguments)}` ended with status {status}:\n{self._said()}"
            )
            again = " It ends again and again." if pause == FAILED_PAUSE_SECONDS else ""
            logger.error("%s\nRestarting it in %g s.%s", self._failure, pause, again)
            # Jitter, so that the processes of several homeservers don't all restart together.
            self._stopping.wait(pause * random.uniform(0.75, 1.0))

    def _said(self) -> str:
        """Returns the last lines of output, without secrets."""
        return "\n".join(shown(line) for line in self._last_lines)

    def _run(self) -> int | str:
        self._last_lines.clear()
        try:
            with self._lock:
                if self._stopping.is_set():
                    return 0
                self._process = subprocess.Popen(
                    self.arguments,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, STOP_WITH_STDIN: "1"},
                    # Its own group, so that Ctrl-C reaches only Synapse, which then calls `stop`.
                    start_new_session=True,
                )
        except OSError as error:
            self._last_lines.append(str(error))
            return "127 (it could not be started)"
        process = self._process
        logger.info("Started `%s` as process %d", shown_command(self.arguments), process.pid)
        guard = OrphanGuard(process.pid)
        group = threading.Thread(target=self._end_group, args=(process,), daemon=True)
        group.start()
        # The context closes its standard input, so it must last as long as the process.
        with process:
            self._relay(process)
        group.join()
        guard.release()
        return process.returncode

    def _end_group(self, process: "subprocess.Popen[bytes]") -> None:
        """Kills what a process left running when it exited, because it may still hold the socket.

        While Synapse shuts down, this is up to `stop`: a wrapper may exit before `ligand serve`.
        """
        process.wait()
        if _signal(process, 0) and not self._stopping.wait(LEFT_SECONDS):
            _signal(process, signal.SIGKILL)

    def _relay(self, process: "subprocess.Popen[bytes]") -> None:
        """Copies the process's output to the log until the output closes."""
        assert process.stdout is not None
        level = logging.INFO
        limit = OutputLimit(_say_left_out)

        def waits() -> float:
            seconds = limit.remaining()
            return LEFT_SECONDS if seconds is None else seconds

        for line in bounded_lines(process.stdout.fileno(), waits):
            if line is None:
                limit.end()
                # A descendant that left the group could hold the output open forever.
                if process.poll() is not None and not self._stopping.is_set():
                    break
                continue
            is_short = len(line) <= KEPT_LINE_LENGTH
            # A secret that is cut in two wouldn't be recognised afterwards.
            self._last_lines.append(line if is_short else shown(line)[:KEPT_LINE_LENGTH])
            level = level_of(line, level)
            if limit.lets(line):
                # Ligand's own lines have no secrets, but a module can print anything.
                output.log(level, "%s", shown(line))
        limit.end()


def level_of(line: str, before: int) -> int:
    """Returns the logging level for a line of `ligand serve` output, pretty-printed or JSON.

    Args:
        before: the level of the previous line. Indented continuation lines keep it.
    """
    pretty = _PRETTY.match(line)
    if pretty:
        return _LEVELS.get(pretty[1], logging.INFO)
    if line.startswith("{"):
        # RecursionError: a module may print JSON that's nested too deeply to parse.
        with suppress(ValueError, RecursionError):
            # Of any type, as in the JSON of another logger.
            level = json.loads(line).get("level")
            return _LEVELS.get(level, logging.INFO) if isinstance(level, str) else logging.INFO
    return before if line.startswith(" ") else logging.INFO


def _say_left_out(lines: int, size: int) -> None:
    output.warning(
        "Left out %d lines (%d bytes) of ligand serve: it wrote too much within a second",
        lines,
        size,
    )


def _signal(process: "subprocess.Popen[bytes]", number: int) -> bool:
    """Signals the whole process group, because the command may be a wrapper such as npx.

    Returns False if no process of the group is left.
    """
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        logger.debug("process %d has ended already", process.pid)
        return False
    return True
