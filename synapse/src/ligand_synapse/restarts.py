"""Decides how long to wait before restarting a process."""

import time
from collections import deque
from collections.abc import Callable

# After the first and the second exit within the window.
PAUSES_SECONDS = (0.1, 1.0)
# After every further exit within the window.
FAILED_PAUSE_SECONDS = 60.0
WINDOW_SECONDS = 600.0


class Restarts:
    """Allows two quick restarts within WINDOW_SECONDS, then one a minute."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._ends: deque[float] = deque(maxlen=len(PAUSES_SECONDS) + 1)

    def ended(self) -> float:
        """Records that the process exited. Returns how many seconds to wait before a restart."""
        now = self._now()
        while self._ends and now - self._ends[0] >= WINDOW_SECONDS:
            self._ends.popleft()
        self._ends.append(now)
        count = len(self._ends)
        return FAILED_PAUSE_SECONDS if count > len(PAUSES_SECONDS) else PAUSES_SECONDS[count - 1]
