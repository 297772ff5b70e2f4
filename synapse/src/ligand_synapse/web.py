"""Serves the modules' web resources on Synapse's listeners."""

from http import HTTPStatus

from synapse.api.errors import Codes, SynapseError, UnrecognizedRequestError
from synapse.module_api import (
    DirectServeJsonResource,
    SynapseRequest,
    make_deferred_yieldable,
)
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.web.http import NO_BODY_CODES
from zope.interface import implementer

from .bridge import Bridge
from .errors import MODULE_ERRORS, TimedOut
from .web_response import WebResponse

# Hop-by-hop headers: they describe one connection, so Twisted sets them for the client's.
_OF_THE_CONNECTION = frozenset(("connection", "keep-alive", "transfer-encoding"))


class WebResource(DirectServeJsonResource):
    """Serves a path and everything below it from the modules."""

    isLeaf = True  # noqa: N815

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge

    async def _async_render(self, request: SynapseRequest) -> None:
        # Makes Synapse cancel this call when the client disconnects, which notifies the module.
        request.is_render_cancellable = True
        try:
            async with self._bridge.fetch(request) as response:
                if response is None:
                    raise UnrecognizedRequestError(code=HTTPStatus.NOT_FOUND)
                await ResponseWriter(request).write(response)
        except (*MODULE_ERRORS, CancelledError):
            raise
        except Exception as error:
            refusal = _refusal(error)
            self._bridge.report("web resource", error, f"the client gets {refusal.code:d}")
            raise refusal from error


def _refusal(error: Exception) -> SynapseError:
    if isinstance(error, TimedOut):
        return SynapseError(HTTPStatus.GATEWAY_TIMEOUT, "This took too long", Codes.UNKNOWN)
    return SynapseError(
        HTTPStatus.SERVICE_UNAVAILABLE, "This is not available at the moment", Codes.UNKNOWN
    )


@implementer(IPushProducer)
class ResponseWriter:
    """Streams a response to the client, reading from the module only as fast as the client does."""

    def __init__(self, request: SynapseRequest) -> None:
        self._request = request
        self._paused: Deferred[None] | None = None

    async def write(self, response: WebResponse) -> None:
        """Writes the whole response.

        Raises whatever reading the body raises. Synapse then drops the client's connection.
        """
        request = self._request
        self._write_head(response)
        # From here on Twisted calls `pauseProducing` when its write buffer is full.
        request.registerProducer(self, True)  # type: ignore[no-untyped-call]
        try:
            # Sends the head immediately, even if the body starts later.
            request.write(response.start)  # type: ignore[no-untyped-call]
            while not response.is_read:
                if self._paused is not None:
                    await make_deferred_yieldable(self._paused)
                request.write(await response.read_on())  # type: ignore[no-untyped-call]
        finally:
            # The channel is None once the client has disconnected.
            if request.channel is not None:
                request.unregisterProducer()  # type: ignore[no-untyped-call]
        request.finish()

    def _write_head(self, response: WebResponse) -> None:
        request = self._request
        request.setResponseCode(response.status)
        # Twisted's default is text/html. Bytes that anyone could have uploaded would then run as a
        # page on the homeserver's origin.
        request.defaultContentType = b"application/octet-stream"
        for name, value in response.headers:
            if name.lower() not in _OF_THE_CONNECTION:
                request.responseHeaders.addRawHeader(
                    name.encode("latin-1"), value.encode("latin-1", "replace")
                )
        has_body = request.method != b"HEAD" and response.status not in NO_BODY_CODES
        if response.is_read and has_body:
            length = str(len(response.start)).encode("ascii")
            request.responseHeaders.setRawHeaders(b"Content-Length", [length])

    def pauseProducing(self) -> None:  # noqa: N802
        if self._paused is None:
            self._paused = Deferred()

    def resumeProducing(self) -> None:  # noqa: N802
        paused, self._paused = self._paused, None
        if paused is not None:
            paused.callback(None)

    def stopProducing(self) -> None:  # noqa: N802
        """Does nothing: when the client disconnects, Synapse cancels `write`."""
