"""Web resources of modules, at Synapse's listener."""

from http import HTTPStatus

from synapse.api.errors import Codes, SynapseError, UnrecognizedRequestError
from synapse.module_api import (
    DirectServeJsonResource,
    SynapseRequest,
    make_deferred_yieldable,
)
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from .bridge import Bridge
from .errors import MODULE_ERRORS, TimedOut
from .web_response import WebResponse

# They say how a message goes over one connection, and are for whoever sends it to say.
_OF_THE_CONNECTION = frozenset(("connection", "keep-alive", "transfer-encoding"))


class WebResource(DirectServeJsonResource):
    """Answers a path, and all below it, by the modules."""

    isLeaf = True  # noqa: N815

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge

    async def _async_render(self, request: SynapseRequest) -> None:
        # What is awaited here is cancelled when the client disconnects, and the module is notified.
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
    """Writes what comes as it comes, and asks for no more than the client takes."""

    def __init__(self, request: SynapseRequest) -> None:
        self._request = request
        self._paused: Deferred[None] | None = None

    async def write(self, response: WebResponse) -> None:
        """Raises what reading the body raises. Synapse then ends the connection."""
        request = self._request
        self._write_head(response)
        # It calls `pauseProducing` as soon as the client takes no more.
        request.registerProducer(self, True)  # type: ignore[no-untyped-call]
        try:
            # The head leaves with it, also where the body begins later.
            request.write(response.start)  # type: ignore[no-untyped-call]
            while not response.is_read:
                if self._paused is not None:
                    await make_deferred_yieldable(self._paused)
                request.write(await response.read_on())  # type: ignore[no-untyped-call]
        finally:
            # With the client everything else of the request goes.
            if request.channel is not None:
                request.unregisterProducer()  # type: ignore[no-untyped-call]
        request.finish()

    def _write_head(self, response: WebResponse) -> None:
        request = self._request
        request.setResponseCode(response.status)
        # Twisted would say that it is a page, and so give a page of whoever wrote the bytes the
        # origin of the homeserver.
        request.defaultContentType = b"application/octet-stream"
        for name, value in response.headers:
            if name.lower() not in _OF_THE_CONNECTION:
                request.responseHeaders.addRawHeader(
                    name.encode("latin-1"), value.encode("latin-1", "replace")
                )
        if response.is_read and request.method != b"HEAD":
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
        """The client has gone away: Synapse cancels what `write` awaits."""
