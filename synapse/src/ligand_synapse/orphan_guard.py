"""Ends a process with this one, however this one ends."""

import logging
import subprocess
from contextlib import suppress

logger = logging.getLogger(__name__)

# A line says that the process has ended. The end of the input says that Synapse has; then the
# process may stop in order for a second. It passes over the signals by which a terminal or a
# supervisor ends a whole group: it is the last to go.
_SCRIPT = 'trap "" HUP INT TERM; read -r line || { sleep 1; kill -s KILL -- "-$1"; }'


class OrphanGuard:
    """Watches over a group of processes: a shell that waits at a pipe for Synapse to end.

    A process that computes notices nothing, and Synapse may be killed by SIGKILL, so it takes a
    third. (What Linux has for it, PR_SET_PDEATHSIG, must be set between fork and exec, where no
    Python code may run in a program with threads.)
    """

    def __init__(self, group: int) -> None:
        self._shell: subprocess.Popen[bytes] | None = None
        try:
            self._shell = subprocess.Popen(
                ["sh", "-c", _SCRIPT, "sh", str(group)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            logger.warning("A ligand serve that hangs would outlive this Synapse: %s", error)

    def release(self) -> None:
        """The process has ended: its number may soon be that of another."""
        if self._shell is None:
            return
        assert self._shell.stdin is not None
        # It may have been killed.
        with suppress(OSError):
            self._shell.stdin.write(b"\n")
            self._shell.stdin.flush()
        with suppress(OSError):
            self._shell.stdin.close()
        self._shell.wait()
