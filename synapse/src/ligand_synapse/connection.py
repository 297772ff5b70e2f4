"""Connects to `ligand serve` while Synapse runs, and reconnects whenever the connection drops."""

import base64
import logging
import random
from collections.abc import Callable
from typing import Any, cast

import attr
from synapse.module_api import ModuleApi, make_deferred_yieldable
from twisted.internet import defer, reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, UNIXClientEndpoint
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory

from .config import Config, UnixAddress
from .errors import Disconnected, LigandError, TimedOut
from .handles import PeerHandles
from .introduction import ModulesInfo
from .peer import Answer, Peer
from .reactor_turns import ReactorTurns
from .releases import Releases
from .services import Services
from .shield import shield
from .time_limit import TimeLimit
from .wire import decode, encode

logger = logging.getLogger(__name__)

clock = cast(IReactorTime, reactor)

FIRST_DELAY_SECONDS = 0.1
# Short, because `ligand serve` is on this machine and a failed attempt costs next to nothing.
MAX_DELAY_SECONDS = 5.0
# Modules start one after another and may take 30 seconds each.
START_TIMEOUT_SECONDS = 300.0


@attr.s(auto_attribs=True, frozen=True, slots=True, eq=False)
class Session:
    """A connection whose modules have been introduced and started."""

    peer: Peer
    handles: PeerHandles
    info: ModulesInfo

    def with_hooks(self, hooks: Any) -> "Session":
        """Returns the session with what the modules' callbacks look at now."""
        return attr.evolve(self, info=self.info.started(hooks))

    async def ask(
        self,
        method: str,
        params: dict[str, Any],
        timeout: float | TimeLimit | None,
        *,
        shielded: bool = False,
    ) -> Any:
        """Calls a method of `ligand serve`; see the function `ask`."""
        return await ask(self.peer, method, params, timeout, shielded=shielded)

    async def answer(
        self,
        asked: "defer.Deferred[Any]",
        method: str,
        timeout: float | TimeLimit | None,
        *,
        shielded: bool = False,
    ) -> Any:
        """Returns the result of a call that was sent; see the function `answer`."""
        return await answer(self.peer, asked, method, timeout, shielded=shielded)


class Connection:
    """Keeps a session with `ligand serve` open."""

    def __init__(
        self,
        api: ModuleApi,
        config: Config,
        homeserver: dict[str, Any],
        on_introduced: Callable[[ModulesInfo], None],
        on_changed: Callable[[ModulesInfo], None] = lambda info: None,
    ) -> None:
        """
        Args:
            homeserver: the parameters of `ligand/initialize`; see `homeserver_info`.
            on_introduced: called after each introduction, before the modules start.
            on_changed: called after each reload of the modules.
        """
        self._api = api
        self._config = config
        self._homeserver = homeserver
        self._on_introduced = on_introduced
        self._on_changed = on_changed
        self._services = Services(api)
        self._turns = ReactorTurns(clock)
        self._session: Session | None = None
        # Callers that wait for the first session, because Synapse has just started. None once the
        # first attempt has succeeded or failed: from then on no caller waits.
        self._waiting: list[defer.Deferred[None]] | None = []
        self._peer: Peer | None = None
        self._pause: defer.Deferred[None] | None = None
        self._stopped = False
        self._last_failure: str | None = None

    @property
    def current(self) -> Session | None:
        """The current session, or None while disconnected."""
        return self._session

    @property
    def peer(self) -> Peer | None:
        """The current session's peer, or None while disconnected."""
        return self._session.peer if self._session else None

    async def session(self, timeout: float) -> Session:
        """Returns the current session. During startup, waits for the first one.

        Args:
            timeout: seconds to wait for the first session.

        Raises Disconnected if there's no session, or if the first one doesn't arrive in time.
        """
        if self._session is None and self._waiting is not None and not self._stopped:
            ready: defer.Deferred[None] = defer.Deferred()
            self._waiting.append(ready)
            ready.addTimeout(timeout, clock)
            try:
                await make_deferred_yieldable(ready)
            except defer.TimeoutError:
                raise Disconnected(
                    f"ligand serve at {self._config.address} was not connected within {timeout:g} s"
                ) from None
        if self._session is None:
            raise Disconnected(f"ligand serve at {self._config.address} is not connected")
        return self._session

    async def run(self) -> None:
        """Connects and reconnects until `stop` is called."""
        delay = FIRST_DELAY_SECONDS
        while not self._stopped:
            try:
                peer, session = await self._connect()
            except Exception as error:
                if self._stopped:
                    return
                self._log_failure(error)
                # Callers waiting for the first session fail now and follow their hook's policy,
                # as they would in any later outage.
                self._release()
            else:
                self._last_failure = None
                delay = FIRST_DELAY_SECONDS
                self._begin(session)
                await make_deferred_yieldable(peer.lost)
                self._session = None
                if not self._stopped:
                    logger.warning(
                        "The connection to ligand serve at %s ended; hooks follow on_disconnect "
                        "until it is back",
                        self._config.address,
                    )
            # Jitter, so that Synapse's workers don't all reconnect together.
            await self._sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, MAX_DELAY_SECONDS)

    def _log_failure(self, error: Exception) -> None:
        level = logging.WARNING if isinstance(error, Disconnected) else logging.ERROR
        text = str(error)
        if text == self._last_failure:
            # Already logged, and nothing has changed since.
            level = logging.DEBUG
        self._last_failure = text
        logger.log(
            level,
            "No session with ligand serve at %s: %s",
            self._config.address,
            text,
            # An error that `ligand serve` reported has no useful stack on this side.
            exc_info=None if isinstance(error, LigandError) else error,
        )

    def stop(self) -> None:
        """Closes the session for good. Calls in flight fail as if the connection had dropped."""
        self._stopped = True
        self._release()
        if self._pause is not None and not self._pause.called:
            self._pause.callback(None)
        if self._peer is not None:
            self._peer.close()

    async def _connect(self) -> tuple[Peer, Session]:
        answers: dict[str, Answer] = {}
        peer = Peer(
            answers,
            self._in_background,
            lambda answer: handles.discard(answer),
            {
                "ligand/release": lambda params: handles.release(params["ids"]),
                "ligand/changed": lambda params: self._on_changed(ModulesInfo.of(params)),
            },
        )
        handles = PeerHandles(
            self._api.public_baseurl,
            lambda method, params, timeout: ask(peer, method, params, timeout),
            Releases(peer.tell, cast(IReactorFromThreads, reactor).callFromThread),
            self._config.call_timeout,
        )
        answers.update(self._answers(handles))
        try:
            await make_deferred_yieldable(
                self._endpoint().connect(Factory.forProtocol(lambda: peer))
            )
        except Exception as error:
            raise Disconnected(str(error)) from error
        if self._stopped:
            # `stop` ran while this connection was being made, so it couldn't close it.
            peer.close()
            raise Disconnected("it was stopped meanwhile")
        self._peer = peer
        try:
            answer = await ask(
                peer, "ligand/initialize", self._homeserver, self._config.connect_timeout
            )
            info = ModulesInfo.of(answer)
            self._on_introduced(info)
            info = info.started(await ask(peer, "ligand/start", {}, START_TIMEOUT_SECONDS))
        except BaseException:
            peer.close()
            raise
        return peer, Session(peer, handles, info)

    def _begin(self, session: Session) -> None:
        logger.info(
            "Connected to ligand serve at %s: Ligand %s, modules %s",
            self._config.address,
            session.info.ligand,
            ", ".join(session.info.modules) or "none",
        )
        self._session = session
        self._release()

    def _release(self) -> None:
        waiting, self._waiting = self._waiting or [], None
        for ready in waiting:
            if not ready.called:
                ready.callback(None)

    def _endpoint(self) -> IStreamClientEndpoint:
        address = self._config.address
        timeout = max(1, round(self._config.connect_timeout))
        if isinstance(address, UnixAddress):
            return UNIXClientEndpoint(reactor, address.path, timeout)  # type: ignore[no-untyped-call]
        return TCP4ClientEndpoint(cast(Any, reactor), address.host, address.port, timeout)

    def _answers(self, handles: PeerHandles) -> dict[str, Answer]:
        async def call_service(params: dict[str, Any]) -> Any:
            args = [decode(arg, handles) for arg in params["args"]]
            result = await self._services.call(params["service"], params["method"], args)
            return encode(result, handles.lend())

        async def read_file(params: dict[str, Any]) -> str:
            data = await self._api.defer_to_thread(
                handles.read_file, params["id"], params["offset"]
            )
            return base64.b64encode(data).decode("ascii")

        async def read_body(params: dict[str, Any]) -> str:
            return handles.read_body(params["id"])

        async def look_at(params: dict[str, Any]) -> None:
            # Without a session, what `ligand/start` answers says it as well.
            if (session := self._session) is not None and session.handles is handles:
                self._session = session.with_hooks(params["hooks"])

        async def read_state(params: dict[str, Any]) -> dict[str, Any]:
            return await self._turns.run(lambda: handles.read_state(params["id"]))

        return {
            "ligand/hooks": look_at,
            "ligand/readState": read_state,
            "ligand/service": call_service,
            "ligand/readFile": read_file,
            "ligand/readBody": read_body,
        }

    def _in_background(self, work: Callable[[], Any]) -> "defer.Deferred[Any]":
        return self._api.run_as_background_process("ligand_module_request", work)

    async def _sleep(self, seconds: float) -> None:
        if self._stopped:
            return
        pause: defer.Deferred[None] = defer.Deferred()
        self._pause = pause
        call = clock.callLater(seconds, pause.callback, None)
        await make_deferred_yieldable(pause)
        if call.active():
            call.cancel()


async def ask(
    peer: Peer,
    method: str,
    params: dict[str, Any],
    timeout: float | TimeLimit | None,
    *,
    shielded: bool = False,
) -> Any:
    """Calls a method of the peer and returns its result, following Synapse's log context rules.

    Args:
        timeout: seconds from now, or a TimeLimit that progress can restart. None waits forever.
        shielded: what to do if the caller is cancelled. The peer is always notified immediately. If
            shielded, the caller gets its CancelledError only once the peer has answered or the time
            is up; otherwise it gets it immediately.

    Raises Disconnected, TimedOut, and whatever the peer raised.
    """
    return await answer(peer, peer.ask(method, params), method, timeout, shielded=shielded)


async def answer(
    peer: Peer,
    asked: "defer.Deferred[Any]",
    method: str,
    timeout: float | TimeLimit | None,
    *,
    shielded: bool = False,
) -> Any:
    """Returns the result of a call that was sent to the peer; like `ask` in all else."""
    if asked.called:
        # Sent ahead, and answered meanwhile.
        return await asked
    peer.awaits(asked)
    limit = TimeLimit(timeout, clock) if isinstance(timeout, (int, float)) else timeout
    if limit is not None:
        limit.apply_to(asked)

    def give_up() -> None:
        peer.abort(asked)
        asked.addCallbacks(peer.discard, lambda _: None)

    try:
        return await make_deferred_yieldable(shield(asked, give_up) if shielded else asked)
    except defer.TimeoutError:
        seconds = "its time" if limit is None else f"{limit.seconds:g} s"
        raise TimedOut(f"ligand serve did not answer {method} within {seconds}") from None
