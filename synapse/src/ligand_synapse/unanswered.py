"""Logs calls that no module answered."""

import logging
from collections import Counter

from twisted.internet.interfaces import IReactorTime

from .current_request import request_suffix
from .errors import LigandError, TimedOut, Unavailable

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 60.0


class UnansweredCalls:
    """Logs the first unanswered call of each hook, and then a summary a minute.

    While `ligand serve` hangs or is away every request fails: a line for each would hide the rest
    of the log. After a minute without one, the next is news again.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        # By hook, how many calls went unanswered since its last line, by reason.
        self._counts: dict[str, Counter[str]] = {}

    def log(self, name: str, error: LigandError, consequence: str) -> None:
        """
        Args:
            name: the hook.
            consequence: what the call comes to, such as the policy of the hook.
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
