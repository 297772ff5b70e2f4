"""The files, functions and requests that the two sides of a connection use of each other."""

import base64
import itertools
import logging
from collections import OrderedDict
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from twisted.web.http import Request

from .errors import RefusedCall
from .releases import Releases
from .wire import Handles, decode, encode

logger = logging.getLogger(__name__)

MAX_KEPT = 10_000
CHUNK_BYTES = 256 * 1024


class Ask(Protocol):
    """Asks the other side, for at most so many seconds; None waits as long as it takes."""

    async def __call__(self, method: str, params: dict[str, Any], timeout: float | None) -> Any: ...


class Kept:
    """Values that the other side knows by number; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._values: OrderedDict[int, Any] = OrderedDict()
        self._numbers = itertools.count(1)

    def keep(self, value: Any) -> int:
        number = next(self._numbers)
        self._values[number] = value
        if len(self._values) > MAX_KEPT:
            self._values.popitem(last=False)
        return number

    def forget(self, number: int) -> None:
        self._values.pop(number, None)

    def get(self, number: Any) -> Any:
        """None for what is not kept any more."""
        return self._values.get(number)


class RemoteFunction:
    """A function of the other side. It can be called once.

    The other side keeps it until then, or until nobody here can call it any more.
    """

    def __init__(
        self, number: int, handles: Handles, ask: Ask, timeout: float, releases: Releases
    ) -> None:
        self._number = number
        self._release = releases.watch(self, number)
        self._handles = handles
        self._ask = ask
        self._timeout = timeout

    async def __call__(self, *args: Any) -> Any:
        return await self.call(*args, timeout=self._timeout)

    async def call(self, *args: Any, timeout: float | None) -> Any:
        """What the function makes of its arguments, it makes of these."""
        params = {"id": self._number, "args": [encode(arg, self._handles) for arg in args]}
        answer = await self._ask("ligand/callback", params, timeout)
        self._release.detach()
        for given, made in zip(args, answer["args"], strict=False):
            copy_into(given, decode(made, self._handles))
        return decode(answer["result"], self._handles)


def copy_into(target: Any, source: Any) -> None:
    """Makes an object what the other side made of its copy."""
    if isinstance(target, dict) and isinstance(source, dict):
        target.clear()
        target.update(source)


class SharedRequest:
    """A request that the other side may name, and whose body it may read."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._position = 0

    def read_on(self) -> bytes:
        """The next piece of the body, empty at its end."""
        content = self.request.content
        if content is None or self.request.method in (b"GET", b"HEAD"):
            return b""
        content.seek(self._position)
        piece: bytes = content.read(CHUNK_BYTES)
        # Who reads it after us wants it whole.
        content.seek(0)
        self._position += len(piece)
        return piece


class PeerHandles:
    """What one connection shares."""

    def __init__(self, base_url: str, ask: Ask, releases: Releases, call_timeout: float) -> None:
        """
        Args:
            base_url: how clients reach this homeserver.
            ask: asks the other side of the connection.
            releases: tells it what is of no use here any more.
            call_timeout: seconds that a function of the other side may take.
        """
        self._releases = releases
        self._files = Kept()
        self._requests = Kept()
        self._ask = ask
        self._call_timeout = call_timeout
        scheme, host, *_ = urlsplit(base_url)
        self._origin = f"{scheme}://{host}"

    def share_file(self, path: str) -> int:
        return self._files.keep(path)

    def read_file(self, number: int, offset: int) -> bytes:
        """A piece of a file that was shared, empty at its end. Blocks."""
        path = self._files.get(number)
        # Only what was sent as an argument can be read: the other side names no paths.
        if path is None:
            raise RefusedCall("LIGAND_REMOTE_PROTOCOL", f"the file {number} is not kept any more")
        with Path(path).open("rb") as file:
            file.seek(offset)
            return file.read(CHUNK_BYTES)

    def share_request(self, request: Request) -> dict[str, Any]:
        headers = [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, values in request.requestHeaders.getAllRawHeaders()
            for value in values
        ]
        shared = SharedRequest(request)
        number = self._requests.keep(shared)
        start = shared.read_on()
        # Synapse has received it whole, and limited it.
        body = {"start": _base64(start), "rest": number if len(start) == CHUNK_BYTES else None}
        return {
            "id": number,
            "method": request.method.decode("ascii"),
            # Not of the header Host: a client writes that.
            "url": self._origin + request.uri.decode("latin-1"),
            "headers": headers,
            "body": body if start else None,
        }

    def request(self, number: int | None) -> Request:
        shared: SharedRequest | None = self._requests.get(number)
        if shared is None:
            raise RefusedCall(
                "LIGAND_ARGUMENT_INVALID",
                "Synapse does not know this request: expected the Request that a web resource was "
                "given, while it is being answered",
            )
        return shared.request

    def read_body(self, number: int) -> str:
        """The next piece of the body of a request, in base64; empty at its end."""
        shared: SharedRequest | None = self._requests.get(number)
        if shared is None:
            raise RefusedCall(
                "LIGAND_REMOTE_PROTOCOL", f"the request {number} has been answered: it is not kept"
            )
        return _base64(shared.read_on())

    def function(self, number: int) -> RemoteFunction:
        return RemoteFunction(number, self, self._ask, self._call_timeout, self._releases)

    def discard(self, answer: Any) -> None:
        """Releases what is in an answer that nobody waits for: nobody can reach it, then."""
        self.release_body(answer)
        try:
            decode(answer, self)
        except Exception as error:
            logger.debug("An answer that nobody waits for cannot be read: %s", error)

    def release_body(self, response: Any) -> None:
        """Has the other side not keep what of a response was not read."""
        body = response.get("body") if isinstance(response, dict) else None
        rest = body.get("rest") if isinstance(body, dict) else None
        if isinstance(rest, int):
            self._releases.release(rest)

    def forget(self, wire: Any) -> None:
        """Called once an argument that was encoded is of no use any more."""
        if isinstance(wire, dict):
            if wire.get("$") == "file":
                self._files.forget(wire["id"])
            elif wire.get("$") == "request":
                self.forget_request(wire["id"])

    def forget_request(self, number: int) -> None:
        self._requests.forget(number)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
