"""Starts `ligand serve`, and starts it again when it ends."""

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

logger = logging.getLogger(__name__)
output = logging.getLogger("ligand_synapse.serve")

STOP_SECONDS = 10.0
# How long others of its group may run on, and hold its output open, once the process has ended.
LEFT_SECONDS = 1.0
# All that a refusal to start says: every problem, each with its place and its remedy.
KEPT_LINES = 200
KEPT_LINE_LENGTH = 2000

# What is less urgent was asked for by `--log-level`: it comes as INFO, not to be lost on the way.
_LEVELS = {"error": logging.ERROR, "warn": logging.WARNING}
_PRETTY = re.compile(r"\d{4}-\d\d-\d\dT\S+ (\w+) ")

# By it `ligand serve` stops when its standard input ends. Whatever becomes of this process, also
# SIGKILL, closes the other end; wrappers such as npx and shells pass both on.
STOP_WITH_STDIN = "LIGAND_STOP_WITH_STDIN"


class Command:
    """A process that runs for as long as Synapse does.

    It has a thread of its own, which waits for it and passes what it writes to Synapse's log: the
    reactor may be blocked while modules are constructed, and the process must be looked after then.
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
        """Raises LigandError when the process has ended: waiting for it is in vain."""
        if self._failure is not None:
            raise LigandError(self._failure)

    def stop(self) -> None:
        """Ends the process: it may finish what it does, for a while. Blocks."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is not None:
            _signal(process, signal.SIGTERM)
            self._thread.join(STOP_SECONDS)
            if self._thread.is_alive():
                logger.warning("ligand serve has not ended after %s s and is killed", STOP_SECONDS)
                _signal(process, signal.SIGKILL)
        if self._thread.is_alive():
            self._thread.join(1)

    def kill(self, why: str) -> None:
        """Ends a process that hangs. It is started again."""
        with self._lock:
            process = self._process
        if process is not None and process.poll() is None:
            logger.error("ligand serve is killed: %s", why)
            _signal(process, signal.SIGKILL)

    def _supervise(self) -> None:
        restarts = Restarts()
        while not self._stopping.is_set():
            status = self._run()
            if self._stopping.is_set():
                return
            pause = restarts.ended()
            said = "\n".join(self._last_lines)
            self._failure = f"`{' '.join(self.arguments)}` ended with status {status}:\n{said}"
            again = " It ends again and again." if pause == FAILED_PAUSE_SECONDS else ""
            logger.error("%s\nIt is started again in %g s.%s", self._failure, pause, again)
            # Those of several homeservers must not come back at the same moment.
            self._stopping.wait(pause * random.uniform(0.75, 1.0))

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
                    # A group of its own: Ctrl-C is for Synapse, which then stops it in order.
                    start_new_session=True,
                )
        except OSError as error:
            self._last_lines.append(str(error))
            return "127 (it could not be started)"
        process = self._process
        logger.info("Started `%s` as process %d", " ".join(self.arguments), process.pid)
        guard = OrphanGuard(process.pid)
        group = threading.Thread(target=self._end_group, args=(process,), daemon=True)
        group.start()
        # Its standard input is open for as long as it runs.
        with process:
            self._relay(process)
        group.join()
        guard.release()
        return process.returncode

    def _end_group(self, process: "subprocess.Popen[bytes]") -> None:
        """Ends what a process that ended by itself leaves behind: it would keep the next one away.

        When Synapse stops, `stop` does so: a wrapper may end before what it wraps.
        """
        process.wait()
        if _signal(process, 0) and not self._stopping.wait(LEFT_SECONDS):
            _signal(process, signal.SIGKILL)

    def _relay(self, process: "subprocess.Popen[bytes]") -> None:
        """Passes on what the process writes, until it writes no more."""
        assert process.stdout is not None
        level = logging.INFO
        limit = OutputLimit(_say_left_out)

        def waits() -> float:
            seconds = limit.remaining()
            return LEFT_SECONDS if seconds is None else seconds

        for line in bounded_lines(process.stdout.fileno(), waits):
            if line is None:
                limit.end()
                # What left the group may hold the output open for ever.
                if process.poll() is not None and not self._stopping.is_set():
                    break
                continue
            self._last_lines.append(line[:KEPT_LINE_LENGTH])
            level = level_of(line, level)
            if limit.lets(line):
                output.log(level, "%s", line)
        limit.end()


def level_of(line: str, before: int) -> int:
    """The level of a line of the log, in either form; further lines have that of the first."""
    pretty = _PRETTY.match(line)
    if pretty:
        return _LEVELS.get(pretty[1], logging.INFO)
    if line.startswith("{"):
        # RecursionError: a module may print what is nested as deeply as it likes.
        with suppress(ValueError, RecursionError):
            return _LEVELS.get(json.loads(line).get("level"), logging.INFO)
    return before if line.startswith(" ") else logging.INFO


def _say_left_out(lines: int, size: int) -> None:
    output.warning(
        "Left out %d lines (%d bytes) of ligand serve: it wrote too much within a second",
        lines,
        size,
    )


def _signal(process: "subprocess.Popen[bytes]", number: int) -> bool:
    """To the whole group, if any of it is left: the command may be a wrapper such as npx."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        logger.debug("process %d has ended already", process.pid)
        return False
    return True
