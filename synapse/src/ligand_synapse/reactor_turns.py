"""Splits work across reactor turns, so that it doesn't block Synapse."""

from collections.abc import Callable
from typing import TypeVar

from synapse.module_api import make_deferred_yieldable
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime

T = TypeVar("T")


class ReactorTurns:
    """Runs each piece of work in its own reactor turn, in the order of the calls."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._lock = DeferredLock()

    async def run(self, work: Callable[[], T]) -> T:
        """Runs `work` in a later turn and returns its result. Raises whatever it raises."""
        await make_deferred_yieldable(self._lock.acquire())
        try:
            turn: Deferred[None] = Deferred()
            self._clock.callLater(0, turn.callback, None)
            await make_deferred_yieldable(turn)
            return work()
        finally:
            self._lock.release()
