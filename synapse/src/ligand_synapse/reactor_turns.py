"""Lets the reactor do other things between pieces of work."""

from collections.abc import Callable
from typing import TypeVar

from synapse.module_api import make_deferred_yieldable
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime

T = TypeVar("T")


class ReactorTurns:
    """Does each piece of work in a turn of the reactor of its own, in the order of asking."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._lock = DeferredLock()

    async def run(self, work: Callable[[], T]) -> T:
        """Raises what the work raises."""
        await make_deferred_yieldable(self._lock.acquire())
        try:
            turn: Deferred[None] = Deferred()
            self._clock.callLater(0, turn.callback, None)
            await make_deferred_yieldable(turn)
            return work()
        finally:
            self._lock.release()
