"""Kills a child process when this process dies, however it dies."""

import logging
import subprocess
from contextlib import suppress

logger = logging.getLogger(__name__)

# A line on standard input means that the child has exited. End of input means that Synapse has; the
# child then gets a second to shut down cleanly. The shell ignores the signals that a terminal or a
# supervisor sends to a whole group, because it has to outlive everything else.
_SCRIPT = 'trap "" HUP INT TERM; read -r line || { sleep 1; kill -s KILL -- "-$1"; }'


class OrphanGuard:
    """Kills a process group when Synapse dies.

    A busy child doesn't notice that its parent is gone, and a Synapse killed by SIGKILL can't clean
    up. So a third process does it: a shell that waits on a pipe from Synapse. (Linux has
    PR_SET_PDEATHSIG for this, but it has to be set between fork and exec, where a program with
    threads can't safely run Python code.)
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
        """Stops the guard. Call this once the process has exited, because its pid may be reused."""
        if self._shell is None:
            return
        assert self._shell.stdin is not None
        # The shell itself may have been killed.
        with suppress(OSError):
            self._shell.stdin.write(b"\n")
            self._shell.stdin.flush()
        with suppress(OSError):
            self._shell.stdin.close()
        self._shell.wait()
