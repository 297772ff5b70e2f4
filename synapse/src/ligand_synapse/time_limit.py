"""Times out calls to the peer, with a limit that progress can restart."""

from typing import TypeVar

from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

T = TypeVar("T")


class TimeLimit:
    """Limits how many seconds an answer may take, counted from the last sign of progress."""

    def __init__(self, seconds: float, clock: IReactorTime) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end: IDelayedCall | None = None

    def apply_to(self, answer: "Deferred[T]") -> None:
        """Cancels `answer` when the time is up. It then fails with Twisted's TimeoutError."""
        end = self._end = self._clock.callLater(self.seconds, answer.cancel)

        def ended(result: T | Failure) -> T | Failure:
            if end.active():
                end.cancel()
            elif isinstance(result, Failure) and isinstance(result.value, CancelledError):
                raise TimeoutError
            return result

        answer.addBoth(ended)

    def start_again(self) -> None:
        """Restarts the limit. Call this when the peer has made progress."""
        if self._end is not None and self._end.active():
            self._end.reset(self.seconds)
