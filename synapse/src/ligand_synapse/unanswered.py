"""Logs hook calls that no module answered, at a limited rate."""

import logging
from collections import Counter

from twisted.internet.interfaces import IReactorTime

from .current_request import request_suffix
from .errors import LigandError, TimedOut, Unavailable

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 60.0


class UnansweredCalls:
    """Logs the first unanswered call of each hook, then one summary a minute.

    While `ligand serve` is down every request fails, and a line for each would drown the log. After
    a minute without an unanswered call, the next one is logged in full again.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        # Unanswered calls since a hook's last line: by hook, then by reason.
        self._counts: dict[str, Counter[str]] = {}

    def log(self, name: str, error: LigandError, consequence: str) -> None:
        """Records an unanswered call.

        Args:
            name: the hook.
            consequence: what happens instead, such as the hook's policy.
        """
        counts = self._counts.get(name)
        if counts is not None:
            counts[_reason(error)] += 1
        level = logging.WARNING if counts is None else logging.DEBUG
        logger.log(level, "%s: %s; %s%s", name, error, consequence, request_suffix())
        if counts is None:
            self._count(name, consequence)

    def _count(self, name: str, consequence: str) -> None:
        self._counts[name] = Counter()
        self._clock.callLater(SECONDS_BETWEEN_LINES, self._summarize, name, consequence)

    def _summarize(self, name: str, consequence: str) -> None:
        counts = self._counts.pop(name)
        if not counts:
            return
        total = counts.total()
        logger.warning(
            "%s: %d more %s went unanswered in the last minute (%s); %s",
            name,
            total,
            "call" if total == 1 else "calls",
            ", ".join(f"{count} {reason}" for reason, count in counts.most_common()),
            consequence,
        )
        self._count(name, consequence)


def _reason(error: LigandError) -> str:
    if isinstance(error, TimedOut):
        return "timed out"
    return "refused" if isinstance(error, Unavailable) else "not connected"
