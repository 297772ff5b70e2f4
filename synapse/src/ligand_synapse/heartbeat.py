"""Checks that the `ligand serve` that Synapse started still answers."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from .errors import Disconnected
from .peer import Peer

logger = logging.getLogger(__name__)

BEAT_SECONDS = 10.0
# `ligand serve` has its own watchdog thread, which acts much earlier. This covers a process whose
# watchdog hangs too.
MAX_MISSED = 6


class Heartbeat:
    """Kills a `ligand serve` that hasn't answered for a minute, so that `Command` restarts it.

    It counts missed beats rather than elapsed time, so a blocked Synapse or a suspended machine
    doesn't count against `ligand serve`.
    """

    def __init__(self, peer: Callable[[], Peer | None], kill: Callable[[str], None]) -> None:
        """
        Args:
            peer: returns the current connection's peer, or None while disconnected.
            kill: called with the reason, for the log.
        """
        self._peer = peer
        self._kill = kill
        self._asked: Peer | None = None
        self._missed = 0

    def start(self) -> None:
        LoopingCall(self.beat).start(BEAT_SECONDS, now=False)

    def beat(self) -> None:
        peer = self._peer()
        if peer is None or peer is not self._asked:
            self._missed = 0
            self._asked = None
        if peer is None:
            return
        if self._asked is not None:
            self._missed += 1
            if self._missed == MAX_MISSED:
                seconds = MAX_MISSED * BEAT_SECONDS
                self._kill(f"it has answered nothing for {seconds:g} s")
            return
        try:
            # The modules have already started, so this call does nothing except answer.
            asked: Deferred[Any] = peer.ask("ligand/start", {})
        except Disconnected:
            return
        self._asked = peer
        asked.addBoth(self._answered, peer)

    def _answered(self, answer: "Any | Failure", peer: Peer) -> None:
        # An error counts as an answer, and `Connection` reports a lost connection.
        if self._asked is peer:
            self._asked = None


def may_be_killed(command: Sequence[str]) -> bool:
    """Returns whether a hang of the command is certainly a fault, not a debugger's breakpoint."""
    arguments = " ".join(command)
    return "--inspect" not in arguments and "--blocked-limit off" not in arguments.replace("=", " ")
