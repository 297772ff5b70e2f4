"""Shields callbacks from a request's cancellation, but notifies them of it.

Synapse shields most module callbacks itself: when a request is cancelled, it waits for the callback
without notifying it. Ligand's callbacks do get notified, through their `signal`. So the bridge
hides them from Synapse's shield (`Unshielded`) and applies its own (`shield`).
"""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


class Unshielded(Generic[T]):
    """Hides an awaitable from Synapse's shield, which applies only to coroutines and Deferreds."""

    def __init__(self, work: Awaitable[T]) -> None:
        self._work = work

    def __await__(self) -> Generator[Any, Any, T]:
        return self._work.__await__()


def shield(work: "Deferred[T]", on_cancel: Callable[[], None]) -> "Deferred[T]":
    """Returns a Deferred that waits for `work` to finish even if it's cancelled.

    Cancelling it calls `on_cancel` immediately. It then fails with CancelledError once `work` is
    done. The result of `work`, or its failure, is left on `work`.
    """

    def cancel(waiting: "Deferred[T]") -> None:
        # Paused, so that the CancelledError reaches callbacks only once the work is done.
        waiting.pause()
        waiting.errback(CancelledError())
        on_cancel()
        work.addBoth(lambda _: waiting.unpause())

    def done(result: "T | Failure") -> "T | Failure | None":
        if waiting.called:
            return result
        waiting.callback(result)
        return None

    waiting: Deferred[T] = Deferred(cancel)
    work.addBoth(done)
    return waiting
