"""Lets a module decide when an iteration of a background update runs, and for how long."""

from types import TracebackType
from typing import Any

from twisted.internet.defer import CancelledError

from .bridge import Bridge
from .errors import MODULE_ERRORS
from .handles import RemoteFunction
from .hooks import Hook

# Synapse's own target for one iteration, used when no module sets one.
DEFAULT_SLOT_MS = 100


class BackgroundUpdateSlot:
    """Async context manager that Synapse holds for one iteration of a background update.

    Entering it returns how many milliseconds the iteration should take.
    """

    def __init__(self, bridge: Bridge, hook: Hook, args: tuple[Any, ...]) -> None:
        self._bridge = bridge
        self._hook = hook
        self._args = args
        self._exit: RemoteFunction | None = None

    async def __aenter__(self) -> int:
        slot = await self._bridge.ask(self._hook, self._args)
        if slot is None:
            return DEFAULT_SLOT_MS
        duration = await self._bridge.answer(self._hook, self._enter(*slot))
        return DEFAULT_SLOT_MS if duration is None else int(duration)

    async def _enter(self, enter: RemoteFunction, leave: RemoteFunction) -> Any:
        try:
            # No timeout: a module may hold an iteration back for as long as it likes.
            duration = await enter.call(timeout=None)
        except MODULE_ERRORS as error:
            return error
        self._exit = leave
        return int(duration)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._exit is None:
            return
        try:
            await (self._exit() if error is None else self._exit(error))
        except (*MODULE_ERRORS, CancelledError):
            raise
        except Exception as failure:
            self._bridge.report(self._hook.name, failure, "the iteration is over all the same")
