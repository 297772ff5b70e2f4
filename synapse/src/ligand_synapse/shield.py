"""Callbacks that are not interrupted.

Synapse shields most callbacks of modules itself: when the request is cancelled it waits for the
callback, which hears nothing of it. Callbacks of Ligand hear of it, by their signal. So they come
to Synapse as what it awaits as it is (`Unshielded`), and are shielded here.
"""

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


class Unshielded(Generic[T]):
    """Work that Synapse does not shield: it does that to coroutines and Deferreds alone."""

    def __init__(self, work: Awaitable[T]) -> None:
        self._work = work

    def __await__(self) -> Generator[Any, Any, T]:
        return self._work.__await__()


def shield(work: "Deferred[T]", on_cancel: Callable[[], None]) -> "Deferred[T]":
    """Waits for work also where it is cancelled, and tells of that.

    The Deferred fails with CancelledError once the work is done, whatever came of it: that is left
    to `work`.
    """

    def cancel(waiting: "Deferred[T]") -> None:
        # Waiters are notified later: a paused Deferred doesn't pass its result on.
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
