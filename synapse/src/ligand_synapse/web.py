"""Web resources of modules, at Synapse's listener."""

import base64
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from synapse.api.errors import Codes, SynapseError, UnrecognizedRequestError
from synapse.module_api import DirectServeJsonResource, SynapseRequest

from .bridge import Bridge
from .errors import Disconnected, TimedOut

# They say how a message goes over one connection, and are for whoever sends it to say.
_OF_THE_CONNECTION = frozenset(("connection", "content-length", "keep-alive", "transfer-encoding"))


class WebResource(DirectServeJsonResource):
    """Answers a path, and all below it, by the modules."""

    isLeaf = True  # noqa: N815

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge

    async def _async_render(self, request: SynapseRequest) -> None:
        try:
            response = await self._bridge.fetch(request)
        except Disconnected as error:
            raise SynapseError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "This is not available at the moment",
                Codes.UNKNOWN,
            ) from error
        except TimedOut as error:
            raise SynapseError(
                HTTPStatus.GATEWAY_TIMEOUT, "This took too long", Codes.UNKNOWN
            ) from error
        if response is None:
            raise UnrecognizedRequestError(code=HTTPStatus.NOT_FOUND)
        _respond(request, response)


def _respond(request: SynapseRequest, response: Any) -> None:
    body = base64.b64decode(response["body"])
    request.setResponseCode(response["status"])
    for name, value in response["headers"]:
        if name.lower() not in _OF_THE_CONNECTION:
            request.responseHeaders.addRawHeader(
                name.encode("latin-1"), value.encode("latin-1", "replace")
            )
    request.responseHeaders.setRawHeaders(b"Content-Length", [str(len(body)).encode("ascii")])
    # A client that has gone away makes these fail, and there is no one to tell.
    with suppress(RuntimeError, AttributeError):
        if body:
            request.write(body)  # type: ignore[no-untyped-call]
        request.finish()
