"""Tells the other side what it need not keep any more."""

import weakref
from collections import deque
from collections.abc import Callable
from typing import Any


class Releases:
    """What can no longer be reached here: the other side is notified of many things together."""

    def __init__(
        self,
        tell: Callable[[str, dict[str, Any]], None],
        call_in_reactor: Callable[[Callable[[], None]], object],
    ) -> None:
        """
        Args:
            tell: tells the other side; called in the reactor's thread.
            call_in_reactor: calls in the reactor's thread, soon; may be called in any thread.
        """
        self._tell = tell
        self._call_in_reactor = call_in_reactor
        self._numbers: deque[int] = deque()
        self._scheduled = False

    def watch(self, value: object, number: int) -> "weakref.finalize[[int], object]":
        """Releases what `value` stands for once it's unreachable, unless detached."""
        finalizer = weakref.finalize(value, self.release, number)
        # Then the connection ends, and all that goes with it.
        finalizer.atexit = False
        return finalizer

    def release(self, number: int) -> None:
        """Python collects garbage in any thread, amidst anything: nothing is written here."""
        self._numbers.append(number)
        if not self._scheduled:
            self._scheduled = True
            self._call_in_reactor(self._flush)

    def _flush(self) -> None:
        # First, so that what is released from here on is not overlooked.
        self._scheduled = False
        numbers: list[int] = []
        while self._numbers:
            numbers.append(self._numbers.popleft())
        if numbers:
            self._tell("ligand/release", {"ids": numbers})
