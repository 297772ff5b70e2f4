"""Calls the modules for Synapse's hooks, and falls back to a policy when they can't answer."""

import logging
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from twisted.internet.defer import CancelledError

from .config import Config
from .connection import Connection, Session, clock
from .current_request import request_id, request_suffix
from .errors import BridgeFault, Disconnected, LigandError, TimedOut
from .held_back import HELD_BACK
from .hooks import Hook
from .introduction import LoginType
from .remote_hook import RemoteHook
from .sent_call import SentCall, without_none
from .time_limit import TimeLimit
from .unanswered import UnansweredCalls
from .web_response import WebResponse

logger = logging.getLogger(__name__)


class Bridge:
    """Forwards Synapse's hooks and web requests to the modules."""

    def __init__(
        self, config: Config, connection: Connection, hooks: Mapping[str, RemoteHook]
    ) -> None:
        """
        Args:
            hooks: the hooks that the modules introduced, by Synapse's names.
        """
        self._config = config
        self._connection = connection
        self._last_hooks = hooks
        self._unanswered = UnansweredCalls(clock)

    async def ask(self, hook: Hook, args: tuple[Any, ...]) -> Any:
        """Calls a hook of the modules and returns their answer in Synapse's types.

        Raises what a module raised. If no module could answer, the hook's `on_disconnect` policy
        decides what to return or raise.
        """
        return await self.answer(hook, self._ask(hook, args))

    async def check_auth(self, hook: Hook, login_type: LoginType, args: tuple[Any, ...]) -> Any:
        """Like `ask`, for the auth checkers of one login type."""
        return await self.answer(hook, self._check_auth(hook, login_type, args))

    async def answer(self, hook: Hook, work: Awaitable[Any]) -> Any:
        """Awaits the modules' answer, and applies the hook's policy if there is none.

        Args:
            work: calls the modules. It *returns* an exception that a module raised. Any exception
                that it *raises* means that no module answered: `ligand serve` is down, or the
                bridge itself failed.
        """
        try:
            answer = await work
        except CancelledError:
            # No caller needs an answer any more, so no policy applies.
            raise
        except Exception as error:
            answer = self._without_answer(hook, error)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def send(self, hook: Hook, args: tuple[Any, ...]) -> SentCall | None:
        """Calls a hook before Synapse does, for `answer_of`.

        Returns None if no callback is called, or if the call can't be sent. `ask` then says why.
        """
        session = self._connection.current
        if session is None or (remote := session.info.hooks.get(hook.name)) is None:
            return None
        if (wanted := remote.about(args)) is None:
            return None
        try:
            return SentCall(session, hook, remote, wanted, args)
        except Exception:
            return None

    async def answer_of(self, hook: Hook, call: SentCall) -> Any:
        """Returns what `ask` would, for a call that was sent ahead. The time counts from now."""
        return await self.answer(hook, call.result(self._config.call_timeout))

    @asynccontextmanager
    async def fetch(self, request: Any) -> AsyncIterator[WebResponse | None]:
        """Yields a web resource's response, or None if no module serves the path.

        The modules can use the request, and the caller can read the response's body, until the
        context exits.

        Raises one of MODULE_ERRORS if a module raised. Any other exception means that no module
        answered.
        """
        session = await self._session()
        handles = session.handles
        response: WebResponse | None = None
        # Reading a long body restarts the limit, so a large upload doesn't count as a slow module.
        limit = TimeLimit(self._config.call_timeout, clock)
        with handles.lend() as loan:
            params = {
                "request": loan.lend_request(request, limit.start_again),
                **without_none(requestId=request_id()),
            }
            try:
                answer = await session.ask("ligand/fetch", params, limit)
                response = None if answer is None else WebResponse(session, answer)
                yield response
            finally:
                if response is not None and not response.is_read:
                    handles.release_body(response.wire)

    def report(self, what: str, error: Exception, consequence: str) -> LigandError:
        """Logs why no module answered.

        Args:
            what: the hook's name, or another name for the call.
            consequence: what happens instead, for the log line.

        Returns:
            the error to raise if the caller needs one.
        """
        if isinstance(error, (Disconnected, TimedOut)):
            self._unanswered.log(what, error, consequence)
            return error
        logger.error(
            "%s: the bridge itself failed; %s%s",
            what,
            consequence,
            request_suffix(),
            exc_info=error,
        )
        if isinstance(error, BridgeFault):
            return error
        # Wrapped, because Synapse would send a SynapseError from the bridge to the client.
        fault = BridgeFault(f"{what}: the bridge itself failed with a {type(error).__name__}")
        fault.__cause__ = error
        return fault

    async def _session(self) -> Session:
        return await self._connection.session(self._config.call_timeout)

    async def _ask(self, hook: Hook, args: tuple[Any, ...]) -> Any:
        try:
            session = await self._session()
        except Disconnected:
            # No callback would have been called anyway, so the request needn't fail.
            last = self._last_hooks.get(hook.name)
            if last is not None and last.about(args) is None:
                return self._held_back(hook)
            raise
        self._last_hooks = session.info.hooks
        remote = session.info.hooks.get(hook.name)
        if remote is None or (wanted := remote.about(args)) is None:
            return self._held_back(hook)
        call = SentCall(session, hook, remote, wanted, args)
        return await call.result(self._config.call_timeout)

    async def _check_auth(self, hook: Hook, login_type: LoginType, args: tuple[Any, ...]) -> Any:
        session = await self._session()
        remote = session.info.hooks.get(hook.name)
        if remote is None or login_type not in session.info.login_types:
            return self._held_back(hook)
        if (wanted := remote.about(args)) is None:
            return self._held_back(hook)
        call = SentCall(session, hook, remote, wanted, args)
        return await call.result(self._config.call_timeout)

    def _held_back(self, hook: Hook) -> Any:
        HELD_BACK.labels(hook.name).inc()
        return hook.allow()

    def _without_answer(self, hook: Hook, error: Exception) -> Any:
        policy = self._config.on_disconnect.get(hook.name, "error")
        failure = self.report(hook.name, error, f"the hook follows the policy {policy}")
        if policy == "error":
            return failure
        if policy == "deny" and hook.deny is not None:
            return hook.deny()
        return hook.allow()
