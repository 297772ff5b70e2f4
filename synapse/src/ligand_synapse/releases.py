"""Notifies the peer of values that it no longer has to keep for this side."""

import weakref
from collections import deque
from collections.abc import Callable
from typing import Any


class Releases:
    """Collects the numbers of unused values and releases them in batches."""

    def __init__(
        self,
        tell: Callable[[str, dict[str, Any]], None],
        call_in_reactor: Callable[[Callable[[], None]], object],
    ) -> None:
        """
        Args:
            tell: sends a notification to the peer; called in the reactor's thread.
            call_in_reactor: schedules a call in the reactor's thread; can be called from any
                thread.
        """
        self._tell = tell
        self._call_in_reactor = call_in_reactor
        self._numbers: deque[int] = deque()
        self._scheduled = False

    def watch(self, value: object, number: int) -> "weakref.finalize[[int], object]":
        """Releases `number` when `value` is garbage collected, unless the result is detached."""
        finalizer = weakref.finalize(value, self.release, number)
        # At exit the connection closes anyway, and the peer drops everything.
        finalizer.atexit = False
        return finalizer

    def release(self, number: int) -> None:
        """Schedules the release of `number`.

        Finalizers call this in any thread, in the middle of anything, so it must not write to the
        connection itself.
        """
        self._numbers.append(number)
        if not self._scheduled:
            self._scheduled = True
            self._call_in_reactor(self._flush)

    def _flush(self) -> None:
        # Reset before the loop, so that a release during the loop schedules another flush.
        self._scheduled = False
        numbers: list[int] = []
        while self._numbers:
            numbers.append(self._numbers.popleft())
        if numbers:
            self._tell("ligand/release", {"ids": numbers})
