"""Tracks the files, functions, requests and states that the two sides of a connection share."""

import base64
import itertools
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from twisted.web.http import Request

from .errors import BridgeFault, RefusedCall
from .releases import Releases
from .room_state import StatePieces
from .wire import decode, encode

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_KEPT = 10_000
CHUNK_BYTES = 256 * 1024


class Ask(Protocol):
    """Calls a method of the peer. `timeout` is in seconds; None waits forever."""

    async def __call__(self, method: str, params: dict[str, Any], timeout: float | None) -> Any: ...


class Kept:
    """Values that the peer refers to by number. Holds at most MAX_KEPT; the oldest go first."""

    def __init__(self) -> None:
        self._values: OrderedDict[int, Any] = OrderedDict()
        self._numbers = itertools.count(1)

    def keep(self, value: Any) -> int:
        number = next(self._numbers)
        self._values[number] = value
        if len(self._values) > MAX_KEPT:
            self._values.popitem(last=False)
        return number

    def __len__(self) -> int:
        return len(self._values)

    def forget(self, number: int) -> None:
        self._values.pop(number, None)

    def get(self, kind: type[T], number: Any) -> T | None:
        """Returns the value, or None if it's of another type or no longer kept."""
        value = self._values.get(number)
        return value if isinstance(value, kind) else None


class Loan:
    """Values lent to the peer for one call. Leaving the context takes them back."""

    def __init__(self, kept: Kept, origin: str) -> None:
        self._kept = kept
        self._origin = origin
        self._numbers: list[int] = []
        self._states: list[StatePieces] = []

    @property
    def failure(self) -> Exception | None:
        """The first exception on this side while the peer read a lent state, if any."""
        return next((state.failure for state in self._states if state.failure), None)

    def __enter__(self) -> "Loan":
        return self

    def __exit__(self, *raised: object) -> None:
        self.take_back()

    def take_back(self) -> None:
        for number in self._numbers:
            self._kept.forget(number)

    def keep(self) -> None:
        """Leaves files and states with the peer, which still uses them: it releases them itself."""
        self._numbers = [
            number for number in self._numbers if self._kept.get(LentRequest, number) is not None
        ]

    def lend_file(self, path: str) -> int:
        return self._lend(Path(path))

    def lend_request(
        self, request: Request, on_read: Callable[[], None] = lambda: None
    ) -> dict[str, Any]:
        """Encodes a request with the first piece of its body, and lends the peer the rest.

        Args:
            on_read: called whenever a piece of the body is read, including the first.
        """
        headers = [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, values in request.requestHeaders.getAllRawHeaders()
            for value in values
        ]
        lent = LentRequest(request, on_read)
        number = self._lend(lent)
        start = lent.read_on()
        # No size limit here: Synapse has already received the whole body and enforces its own.
        body = {"start": _base64(start), "rest": number if len(start) == CHUNK_BYTES else None}
        return {
            "id": number,
            "method": request.method.decode("ascii"),
            # Not from the Host header, because the client controls that.
            "url": self._origin + request.uri.decode("latin-1"),
            "headers": headers,
            "body": body if start else None,
        }

    def lend_state(self, state: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
        pieces = StatePieces(state)
        self._states.append(pieces)
        entries, has_more = pieces.read_on()
        rest = {"rest": self._lend(pieces)} if has_more else {}
        return {"$": "state", "entries": entries, **rest}

    def _lend(self, value: Any) -> int:
        number = self._kept.keep(value)
        self._numbers.append(number)
        return number


class RemoteFunction:
    """A function that lives in the peer and can be called once.

    The peer keeps it until it's called or this object is garbage collected.
    """

    def __init__(
        self, number: int, handles: "PeerHandles", ask: Ask, timeout: float, releases: Releases
    ) -> None:
        self._number = number
        self._release = releases.watch(self, number)
        self._handles = handles
        self._ask = ask
        self._timeout = timeout

    async def __call__(self, *args: Any) -> Any:
        return await self.call(*args, timeout=self._timeout)

    async def call(self, *args: Any, timeout: float | None) -> Any:
        """Calls the function and returns its result.

        Arguments that are dictionaries are updated with the function's changes.

        Args:
            timeout: in seconds; None waits forever.

        Raises what the function raised, Disconnected, TimedOut, or BridgeFault if the answer can't
        be read.
        """
        with self._handles.lend() as loan:
            params = {"id": self._number, "args": [encode(arg, loan) for arg in args]}
            answer = await self._ask("ligand/callback", params, timeout)
        self._release.detach()
        try:
            for given, made in zip(args, answer["args"], strict=False):
                copy_into(given, decode(made, self._handles))
            return decode(answer["result"], self._handles)
        except Exception as error:
            raise BridgeFault(
                f"what a function of the modules returned is not understood: {error!r}"
            ) from error


def copy_into(target: Any, source: Any) -> None:
    """Applies the peer's changes to the original: replaces a dictionary's members in place."""
    if isinstance(target, dict) and isinstance(source, dict):
        target.clear()
        target.update(source)


class LentRequest:
    """A request that the peer can pass to services, and whose body it can read."""

    def __init__(self, request: Request, on_read: Callable[[], None]) -> None:
        self.request = request
        self._on_read = on_read
        self._position = 0

    def read_on(self) -> bytes:
        """Returns the next piece of the body; empty at the end."""
        self._on_read()
        content = self.request.content
        if content is None or self.request.method in (b"GET", b"HEAD"):
            return b""
        content.seek(self._position)
        piece: bytes = content.read(CHUNK_BYTES)
        # Synapse may read the body after us, from the start.
        content.seek(0)
        self._position += len(piece)
        return piece


class PeerHandles:
    """Everything the two sides of one connection share."""

    def __init__(self, base_url: str, ask: Ask, releases: Releases, call_timeout: float) -> None:
        """
        Args:
            base_url: the homeserver's public base URL.
            ask: calls a method of the peer.
            releases: notifies the peer of values that this side no longer uses.
            call_timeout: seconds that a call to one of the peer's functions may take.
        """
        self._releases = releases
        self.kept = Kept()
        self._ask = ask
        self._call_timeout = call_timeout
        scheme, host, *_ = urlsplit(base_url)
        self._origin = f"{scheme}://{host}"

    def lend(self) -> Loan:
        return Loan(self.kept, self._origin)

    def read_file(self, number: int, offset: int) -> bytes:
        """Returns up to CHUNK_BYTES of a lent file from `offset` on; empty at the end. Blocks."""
        path = self.kept.get(Path, number)
        # The peer sends a number, never a path, so it can read only files that were lent to it.
        if path is None:
            raise RefusedCall("LIGAND_REMOTE_PROTOCOL", f"the file {number} is not kept any more")
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(CHUNK_BYTES)

    def request(self, number: int | None) -> Request:
        lent = self.kept.get(LentRequest, number)
        if lent is None:
            raise RefusedCall(
                "LIGAND_ARGUMENT_INVALID",
                "Synapse does not know this request: expected the Request that a web resource was "
                "given, while it is being answered",
            )
        return lent.request

    def read_body(self, number: int) -> str:
        """Returns the next piece of a lent request's body in base64; empty at the end."""
        lent = self.kept.get(LentRequest, number)
        if lent is None:
            raise RefusedCall(
                "LIGAND_REMOTE_PROTOCOL", f"the request {number} has been answered: it is not kept"
            )
        return _base64(lent.read_on())

    def read_state(self, number: int) -> dict[str, Any]:
        """Returns the next piece of a lent state, which is kept until the last piece is read."""
        pieces = self.kept.get(StatePieces, number)
        if pieces is None:
            raise RefusedCall(
                "LIGAND_REMOTE_PROTOCOL",
                f"the state {number} was used before, or is not kept any more",
            )
        entries, has_more = pieces.read_on()
        if not has_more:
            self.kept.forget(number)
        return {"entries": entries, "rest": has_more}

    def release(self, numbers: Iterable[int]) -> None:
        """Forgets states and files that the peer won't read any further.

        Ignores other kinds of values: those are taken back when their call ends.
        """
        for number in numbers:
            kept = self.kept.get(StatePieces, number) or self.kept.get(Path, number)
            if kept is not None:
                self.kept.forget(number)

    def function(self, number: int) -> RemoteFunction:
        return RemoteFunction(number, self, self._ask, self._call_timeout, self._releases)

    def discard(self, answer: Any) -> None:
        """Releases what a late answer refers to, because no caller awaits that answer any more."""
        self.release_body(answer)
        try:
            decode(answer, self)
        except Exception as error:
            logger.debug("Can't read an answer that is no longer awaited: %s", error)

    def release_body(self, response: Any) -> None:
        """Tells the peer to drop the unread rest of a response's body."""
        body = response.get("body") if isinstance(response, dict) else None
        rest = body.get("rest") if isinstance(body, dict) else None
        if isinstance(rest, int):
            self._releases.release(rest)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
