"""Asks the modules, and says what holds when they cannot be asked."""

import base64
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from synapse.logging.context import SENTINEL_CONTEXT, current_context

from .config import Config
from .connection import Connection, Session, clock
from .errors import Disconnected, LigandError, TimedOut, Unavailable
from .handles import RemoteFunction, copy_into
from .hooks import Hook
from .introduction import LoginType, RemoteHook
from .wire import decode, encode

logger = logging.getLogger(__name__)

# What Synapse itself aims at for an iteration of a background update.
DEFAULT_SLOT_MS = 100

# How often, for each hook, it is worth a warning that the modules refuse to be asked.
SECONDS_BETWEEN_REFUSALS = 60.0

# What stands for the auth checkers of all login types.
CHECK_AUTH = RemoteHook("passwordAuth", "checkAuth", shield=True)


class Bridge:
    """The modules as Synapse's hooks see them."""

    def __init__(self, config: Config, connection: Connection) -> None:
        self._config = config
        self._connection = connection
        # By hook, until when it is no news that the modules refuse to be asked.
        self._said_until: dict[str, float] = {}

    async def ask(self, hook: Hook, args: tuple[Any, ...]) -> Any:
        """What the modules answer to a hook, as Synapse takes it."""
        try:
            session = await self._session()
            remote = session.info.hooks.get(hook.name)
            if remote is None:
                return hook.allow()
            return hook.result(await self._call(session, hook, remote, args))
        except (Disconnected, TimedOut) as error:
            return self._without_answer(hook, error)

    async def check_auth(self, hook: Hook, login_type: LoginType, args: tuple[Any, ...]) -> Any:
        """What the auth checkers of a login type answer."""
        try:
            session = await self._session()
            if login_type not in session.info.login_types:
                return hook.allow()
            return hook.result(await self._call(session, hook, CHECK_AUTH, args))
        except (Disconnected, TimedOut) as error:
            return self._without_answer(hook, error)

    @asynccontextmanager
    async def fetch(self, request: Any) -> "AsyncIterator[WebResponse | None]":
        """The response of a web resource; None when no module serves the path.

        The modules may use the request, and the body of the response may be read, until the end of
        the context.

        Raises Disconnected, TimedOut, and what the modules' side raises.
        """
        session = await self._session()
        handles = session.handles
        wire = handles.share_request(request)
        params = {"request": wire, **_request_id()}
        response: WebResponse | None = None
        try:
            answer = await session.ask("ligand/fetch", params, self._config.call_timeout)
            response = None if answer is None else WebResponse(session, answer)
            yield response
        finally:
            handles.forget_request(wire["id"])
            if response is not None and not response.is_read:
                handles.release_body(response.wire)

    def slot(self, hook: Hook, args: tuple[Any, ...]) -> "BackgroundUpdateSlot":
        return BackgroundUpdateSlot(self, hook, args)

    async def _session(self) -> Session:
        return await self._connection.session(self._config.call_timeout)

    async def _call(
        self, session: Session, hook: Hook, remote: RemoteHook, args: tuple[Any, ...]
    ) -> Any:
        handles = session.handles
        prepare = hook.prepare
        wire = [
            encode(prepare[position](arg) if position in prepare else arg, handles)
            for position, arg in enumerate(args)
        ]
        params = {
            "category": remote.category,
            "hook": remote.hook,
            "args": wire,
            "context": {**_request_id(), **_origin()},
            # Synapse asks itself what follows a hook.
            "alone": True,
        }
        try:
            answer = await session.ask(
                "ligand/hook", params, self._config.call_timeout, shielded=remote.shield
            )
        finally:
            for arg in wire:
                handles.forget(arg)
        if hook.mutable is not None:
            changed = (answer.get("changed") or {}).get(str(hook.mutable))
            copy_into(args[hook.mutable], decode(changed, handles))
        return decode(answer["result"], handles)

    def _without_answer(self, hook: Hook, error: LigandError) -> Any:
        policy = self._config.on_disconnect.get(hook.name, "error")
        if isinstance(error, (TimedOut, Unavailable)):
            level = self._level_of(hook, error)
            logger.log(level, "%s: %s; the hook follows the policy %s", hook.name, error, policy)
        if policy == "error":
            raise error
        if policy == "deny" and hook.deny is not None:
            return hook.deny()
        return hook.allow()

    def _level_of(self, hook: Hook, error: LigandError) -> int:
        if isinstance(error, TimedOut):
            return logging.WARNING
        # It is refused by the thousand, and other calls succeed in between.
        now = clock.seconds()
        if now < self._said_until.get(hook.name, now):
            return logging.DEBUG
        self._said_until[hook.name] = now + SECONDS_BETWEEN_REFUSALS
        return logging.WARNING


class WebResponse:
    """What a web resource of a module answers."""

    def __init__(self, session: Session, wire: Mapping[str, Any]) -> None:
        self._session = session
        self.wire = wire
        self.status: int = wire["status"]
        self.headers: list[tuple[str, str]] = wire["headers"]
        body = wire["body"]
        self.start = base64.b64decode(body["start"]) if body else b""
        """What of the body came with the head."""
        self._rest: int | None = body["rest"] if body else None
        self.is_read = self._rest is None
        """Whether the body has come to its end."""

    async def read_on(self) -> bytes:
        """What comes next of the body, as soon as the module has written it; empty at its end."""
        if self.is_read:
            return b""
        # However long it is until there is more: the client waits as long as it wants to.
        answer = await self._session.ask("ligand/readBody", {"id": self._rest}, None)
        self.is_read = answer == ""
        return base64.b64decode(answer)


class BackgroundUpdateSlot:
    """The time of one iteration of a background update, given by a module."""

    def __init__(self, bridge: Bridge, hook: Hook, args: tuple[Any, ...]) -> None:
        self._bridge = bridge
        self._hook = hook
        self._args = args
        self._exit: RemoteFunction | None = None

    async def __aenter__(self) -> int:
        slot = await self._bridge.ask(self._hook, self._args)
        if slot is None:
            return DEFAULT_SLOT_MS
        enter: RemoteFunction = slot["enter"]
        self._exit = slot["exit"]
        # It waits until the iteration may run, however long that is.
        return int(await enter.call(timeout=None))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._exit is None:
            return
        # The iteration is over, whether or not the module can still be told.
        with suppress(Disconnected, TimedOut):
            await (self._exit() if error is None else self._exit(error))


def _request_id() -> dict[str, str]:
    context = current_context()
    return {} if context is SENTINEL_CONTEXT else {"requestId": str(context)}


def _origin() -> dict[str, str]:
    """Who asked for what is going on: the path of the request says it, where there is one."""
    context = current_context()
    if context is SENTINEL_CONTEXT or context.request is None:
        return {}
    path = urlsplit(context.request.url).path
    # What a worker hands over says nothing of who asked the worker.
    if path.startswith("/_synapse/replication/"):
        return {}
    return {"origin": "federation" if path.startswith("/_matrix/federation/") else "local"}
