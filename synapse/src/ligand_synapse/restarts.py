"""When a process that ended is started again."""

import time
from collections import deque
from collections.abc import Callable

# The first end within the window, and the second.
PAUSES_SECONDS = (0.1, 1.0)
# From the next one on.
FAILED_PAUSE_SECONDS = 60.0
WINDOW_SECONDS = 600.0


class Restarts:
    """Promptly the first times; rarely where a process ends again and again."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._ends: deque[float] = deque(maxlen=len(PAUSES_SECONDS) + 1)

    def ended(self) -> float:
        """The process has ended. For how many seconds to wait before the next start."""
        now = self._now()
        while self._ends and now - self._ends[0] >= WINDOW_SECONDS:
            self._ends.popleft()
        self._ends.append(now)
        count = len(self._ends)
        return FAILED_PAUSE_SECONDS if count > len(PAUSES_SECONDS) else PAUSES_SECONDS[count - 1]
