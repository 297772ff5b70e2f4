"""Exchanges JSON-RPC requests and responses with the process at the other end of a connection."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from synapse.api.errors import CodeMessageException
from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from .errors import METHOD_NOT_FOUND, Disconnected, RefusedCall, decode_error, encode_error
from .framing import FrameError, FrameParser, frame

logger = logging.getLogger(__name__)

Answer = Callable[[dict[str, Any]], Awaitable[Any]]
Listen = Callable[[dict[str, Any]], None]


class Peer(Protocol):
    """Twisted protocol for JSON-RPC 2.0 in both directions, with many requests in flight."""

    def __init__(
        self,
        answers: dict[str, Answer],
        run: Callable[[Callable[[], Awaitable[Any]]], "Deferred[Any]"] | None = None,
        discard: Callable[[Any], None] = lambda answer: None,
        listeners: dict[str, Listen] | None = None,
    ) -> None:
        """
        Args:
            answers: handlers for the peer's requests, by method.
            run: runs a handler; by default immediately, when the request arrives.
            discard: called with answers that arrive after their request was given up.
            listeners: handlers for the peer's notifications, by method.
        """
        self.lost: Deferred[None] = Deferred()
        self._answers = answers
        self._run = run or (lambda work: ensureDeferred(_coroutine(work)))
        self.discard = discard
        self._listeners = listeners or {}
        self._parser = FrameParser()
        self._asked: dict[int, Deferred[Any]] = {}
        self._awaited: set[Deferred[Any]] = set()
        self._answering: dict[int | str, Deferred[Any]] = {}
        self._last_id = 0
        self._connected = False
        # What is written while data is being received, to be sent together.
        self._unsent: list[bytes] | None = None

    def connectionMade(self) -> None:
        self._connected = True

    def dataReceived(self, data: bytes) -> None:
        self._unsent = []
        try:
            self._received(data)
        finally:
            unsent, self._unsent = self._unsent, None
            self._send(b"".join(unsent))

    def _received(self, data: bytes) -> None:
        try:
            messages = self._parser.feed(data)
            # Answers that code asks for next are there by the time it runs.
            for message in [message for message in messages if not self._settle_early(message)]:
                self._receive(message)
        except FrameError as error:
            logger.error("The connection to ligand serve is closed: %s", error)
            self._abort()
        except Exception:
            # Closing makes calls in flight fail now. Otherwise they would hang until they time out.
            logger.exception("The connection to ligand serve is closed: a message broke the bridge")
            self._abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._connected = False
        for request_id, waiting in list(self._asked.items()):
            # The code that one failure runs may cancel others, as when it shows a list of events.
            if self._asked.pop(request_id, None) is not None:
                waiting.errback(Disconnected("the connection to ligand serve ended"))
        self._awaited.clear()
        answering, self._answering = self._answering, {}
        for work in answering.values():
            work.cancel()
        self.lost.callback(None)

    def ask(self, method: str, params: dict[str, Any]) -> "Deferred[Any]":
        """Sends a request and returns a Deferred of its result.

        Cancelling the Deferred sends `$/cancelRequest` and stops waiting for the answer. The
        Deferred doesn't follow Synapse's log context rules.

        Raises Disconnected if there's no connection, and FrameError if the message is too long.
        """
        if not self._connected:
            raise Disconnected("ligand serve is not connected")
        self._last_id += 1
        request_id = self._last_id

        def cancel(deferred: "Deferred[Any]") -> None:
            self._awaited.discard(deferred)
            if self._asked.pop(request_id, None) is not None:
                self.tell("$/cancelRequest", {"id": request_id})

        self._write({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
        deferred: Deferred[Any] = Deferred(cancel)
        self._asked[request_id] = deferred
        return deferred

    def awaits(self, asked: "Deferred[Any]") -> None:
        """From now on, the answer runs code. Until then it may be settled before other messages."""
        self._awaited.add(asked)

    def abort(self, asked: "Deferred[Any]") -> None:
        """Sends `$/cancelRequest`, but keeps waiting for the answer."""
        # A linear search, because this is rare and bookkeeping would slow down every call.
        for request_id, waiting in self._asked.items():
            if waiting is asked:
                self.tell("$/cancelRequest", {"id": request_id})
                return

    def tell(self, method: str, params: dict[str, Any]) -> None:
        """Sends a notification, or does nothing if the connection is lost."""
        self._write({"jsonrpc": "2.0", "method": method, "params": params})

    def close(self) -> None:
        if self._connected and self.transport is not None:
            self.transport.loseConnection()

    def _abort(self) -> None:
        abort = getattr(self.transport, "abortConnection", None)
        if abort is not None:
            abort()
        elif self.transport is not None:
            self.transport.loseConnection()

    def _write(self, message: dict[str, Any]) -> None:
        if not self._connected:
            return
        if self._unsent is not None:
            self._unsent.append(frame(message))
        elif self.transport is not None:
            self.transport.write(frame(message))

    def _send(self, data: bytes) -> None:
        """Sends data now. A transport by itself waits for the reactor's next turn, which costs a
        quarter of a call."""
        if not data or not self._connected or self.transport is None:
            return
        transport = self.transport
        transport.write(data)
        # A connection that is to be closed is the reactor's, and so is one that fails: it tries
        # again.
        if isinstance(transport, FileDescriptor) and not transport.disconnecting:
            transport.doWrite()  # type: ignore[no-untyped-call]

    def _receive(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        request_id = message.get("id")
        if isinstance(method, str):
            if isinstance(request_id, (int, str)):
                self._answer(request_id, method, message.get("params"))
            else:
                self._notice(method, message.get("params"))
        elif isinstance(request_id, int):
            self._settle(request_id, message)
        else:
            raise FrameError("a message is neither a request nor a response")

    def _notice(self, method: str, params: Any) -> None:
        listen = self._cancel_answer if method == "$/cancelRequest" else self._listeners.get(method)
        # JSON-RPC allows unknown notifications; they're ignored.
        if listen is None:
            return
        try:
            listen(params)
        except Exception:
            logger.exception("The notification %s was not understood", method)

    def _settle(self, request_id: int, message: dict[str, Any]) -> None:
        waiting = self._asked.pop(request_id, None)
        error = message.get("error")
        if waiting is None:
            # Its request was cancelled or timed out.
            self.discard(message.get("result"))
            return
        self._awaited.discard(waiting)
        if isinstance(error, dict):
            waiting.errback(decode_error(error))
        else:
            waiting.callback(message.get("result"))

    def _settle_early(self, message: dict[str, Any]) -> bool:
        """Settles a request whose answer isn't awaited yet, which runs no code."""
        request_id = message.get("id")
        if "method" in message or not isinstance(request_id, int):
            return False
        if request_id not in self._asked or self._asked[request_id] in self._awaited:
            return False
        self._settle(request_id, message)
        return True

    def _cancel_answer(self, params: dict[str, Any]) -> None:
        answering = self._answering.get(params["id"])
        if answering is not None:
            answering.cancel()

    def _answer(self, request_id: int | str, method: str, params: Any) -> None:
        answer = self._answers.get(method)
        if answer is None or not isinstance(params, dict):
            error = {"code": METHOD_NOT_FOUND, "message": f"there is no method {method}"}
            self._write({"jsonrpc": "2.0", "id": request_id, "error": error})
            return

        async def work() -> None:
            response: dict[str, Any]
            try:
                response = {"result": await answer(params)}
            except (Exception, CancelledError) as error:
                _log_failure(_name(method, params), error)
                response = {"error": encode_error(error)}
            self._reply(request_id, method, response)

        done = self._run(work)
        if not done.called:
            self._answering[request_id] = done
            done.addBoth(lambda _: self._answering.pop(request_id, None) and None)

    def _reply(self, request_id: int | str, method: str, response: dict[str, Any]) -> None:
        try:
            self._write({"jsonrpc": "2.0", "id": request_id, **response})
        except Exception as error:
            logger.exception("The answer to %s cannot cross", method)
            self._write({"jsonrpc": "2.0", "id": request_id, "error": encode_error(error)})


def _log_failure(name: str, error: BaseException) -> None:
    if isinstance(error, RefusedCall) and error.__cause__ is not None:
        # Only the stack shows whether the module or Synapse is to blame.
        logger.info("%s was refused to a module: %s", name, error, exc_info=error)
    elif not isinstance(error, (CodeMessageException, CancelledError, RefusedCall)):
        logger.warning("%s failed for a module", name, exc_info=error)


def _name(method: str, params: dict[str, Any]) -> str:
    if method == "ligand/service":
        return f"{params.get('service')}.{params.get('method')}"
    return method


async def _coroutine(work: Callable[[], Awaitable[Any]]) -> Any:
    return await work()
