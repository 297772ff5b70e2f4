"""Reads a child process's output within limits on line length and rate.

A module can print anything, in any amount.
"""

import os
import select
import time
from collections.abc import Callable, Iterator

# Longer lines are cut.
LINE_BYTES = 64 * 1024
# How much is logged per second, whichever limit is reached first.
BYTES_PER_SECOND = 1024 * 1024
LINES_PER_SECOND = 5000

CHUNK_BYTES = 64 * 1024


def bounded_lines(fd: int, waits: Callable[[], float | None]) -> Iterator[str | None]:
    """Yields the lines of an output until it closes.

    Lines longer than LINE_BYTES are cut, with a note that says how many bytes are missing.

    Args:
        waits: called before each read, returns how many seconds to wait for output; None waits
            forever. When the time is up, the iterator yields None.
    """
    kept = bytearray()
    left_out = 0
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    while True:
        seconds = waits()
        if not poll.poll(None if seconds is None else max(seconds, 0.0) * 1000):
            yield None
            continue
        chunk = os.read(fd, CHUNK_BYTES)
        if not chunk:
            break
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            yield _text(kept, left_out, part)
            kept.clear()
            left_out = 0
        room = LINE_BYTES - len(kept)
        kept += rest[:room]
        left_out += max(len(rest) - room, 0)
    if kept:
        yield _text(kept, left_out, b"")


def _text(kept: bytearray, left_out: int, part: bytes) -> str:
    room = LINE_BYTES - len(kept)
    left_out += max(len(part) - room, 0)
    line = bytes(kept + part[:room])
    if left_out == 0:
        return line.decode(errors="replace").rstrip("\r")
    return f"{line.decode(errors='ignore')} … ({left_out} more bytes left out)"


class OutputLimit:
    """Limits how much is logged per second, and reports what was dropped."""

    def __init__(
        self, left_out: Callable[[int, int], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        """
        Args:
            left_out: called at the end of a second in which lines were dropped, with their number
                and their total length.
        """
        self._left_out = left_out
        self._now = now
        self._until = 0.0
        self._lines = self._bytes = self._lost_lines = self._lost_bytes = 0

    def remaining(self) -> float | None:
        """Returns the seconds until `end` is due; None while no line has been dropped."""
        return self._until - self._now() if self._lost_lines else None

    def lets(self, line: str) -> bool:
        """Counts a line and returns whether it's within the limits."""
        if self._now() >= self._until:
            self.end()
            self._until = self._now() + 1
        if self._lines < LINES_PER_SECOND and self._bytes + len(line) <= BYTES_PER_SECOND:
            self._lines += 1
            self._bytes += len(line)
            return True
        self._lost_lines += 1
        self._lost_bytes += len(line)
        return False

    def end(self) -> None:
        """Reports dropped lines and resets the counts. Call it when the output closes, too."""
        lost = (self._lost_lines, self._lost_bytes)
        self._lines = self._bytes = self._lost_lines = self._lost_bytes = 0
        if lost[0]:
            self._left_out(*lost)
