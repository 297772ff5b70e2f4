"""A call of a hook that has been sent to the modules, until its answer is used."""

from collections.abc import Iterator
from typing import Any

from .connection import Session
from .current_request import origin, request_id
from .errors import MODULE_ERRORS
from .handles import Loan, copy_into
from .hooks import Hook
from .remote_hook import RemoteHook, Wanted
from .wire import decode, encode

METHOD = "ligand/hook"


class SentCall:
    """A call of a hook that is on its way. Either `result` or `give_up` must follow."""

    def __init__(
        self,
        session: Session,
        hook: Hook,
        remote: RemoteHook,
        wanted: Wanted,
        args: tuple[Any, ...],
    ) -> None:
        """Sends the call. Raises Disconnected, or why an argument can't cross."""
        self._session = session
        self._hook = hook
        self._shielded = remote.shield
        self._args = args
        self._loan = session.handles.lend()
        try:
            params = {
                "category": remote.category,
                "hook": remote.hook,
                "args": list(_encoded(hook, wanted, args, self._loan)),
                "context": without_none(requestId=request_id(), origin=origin()),
            }
            self._answer = session.peer.ask(METHOD, params)
        except BaseException:
            self._loan.take_back()
            raise

    async def result(self, timeout: float) -> Any:
        """Returns the result in Synapse's types, or the exception that a module raised.

        Args:
            timeout: seconds from now.

        Raises Disconnected, TimedOut, or what kept this side from sending a state.
        """
        with self._loan as loan:
            try:
                answer = await self._session.answer(
                    self._answer, METHOD, timeout, shielded=self._shielded
                )
            except MODULE_ERRORS as error:
                if loan.failure is not None:
                    # The modules' error is only a symptom: we failed to send what they asked for.
                    raise loan.failure from None
                return self._hook.failed(error)
            if answer.get("keeps"):
                loan.keep()
        hook, handles = self._hook, self._session.handles
        if hook.mutable is not None:
            changed = (answer.get("changed") or {}).get(str(hook.mutable))
            copy_into(self._args[hook.mutable], decode(changed, handles))
        return hook.result(decode(answer["result"], handles))

    def give_up(self) -> None:
        """Cancels the call, or drops its answer if there is one."""
        self._loan.take_back()
        self._answer.addCallbacks(self._session.peer.discard, lambda _: None)
        self._answer.cancel()


def _encoded(hook: Hook, wanted: Wanted, args: tuple[Any, ...], loan: Loan) -> Iterator[Any]:
    """Encodes the arguments that callbacks use, and leaves the others untouched."""
    for position, arg in enumerate(args[: wanted.parameters]):
        if position == hook.state:
            selection = wanted.state
            yield loan.lend_state(arg if selection is None else selection.of_room(arg, args[0]))
        else:
            prepare = hook.prepare.get(position)
            yield encode(arg if prepare is None else prepare(arg), loan)


def without_none(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
