"""Whether the `ligand serve` that Synapse started answers at all."""

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
# It ends itself long before, by a thread of its own: this is for when that one hangs, too.
MAX_MISSED = 6


class Heartbeat:
    """Kills a `ligand serve` that has answered nothing for a minute: its command starts it again.

    Beats are counted, and not the clock: while Synapse itself is blocked, or the machine is
    suspended, none is missed.
    """

    def __init__(self, peer: Callable[[], Peer | None], kill: Callable[[str], None]) -> None:
        """
        Args:
            peer: the connection as it is now, if there is one.
            kill: called with why.
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
            # The modules run already: there is nothing to do but to answer.
            asked: Deferred[Any] = peer.ask("ligand/start", {})
        except Disconnected:
            return
        self._asked = peer
        asked.addBoth(self._answered, peer)

    def _answered(self, answer: "Any | Failure", peer: Peer) -> None:
        # An error is an answer; the end of the connection is reported elsewhere.
        if self._asked is peer:
            self._asked = None


def may_be_killed(command: Sequence[str]) -> bool:
    """Whether a hang of the command can only be a mistake: it isn't being debugged."""
    arguments = " ".join(command)
    return "--inspect" not in arguments and "--blocked-limit off" not in arguments.replace("=", " ")
