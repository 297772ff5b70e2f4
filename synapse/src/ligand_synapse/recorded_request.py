"""A request whose response is kept, not sent."""

import base64
from typing import Any

from twisted.web.http_headers import Headers


class RecordedRequest:
    """Reads like the request that it is made of; what is written to it can be had as a response."""

    # Synapse looks at it before it writes.
    _disconnected = False

    def __init__(self, request: Any) -> None:
        self._request = request
        self._status = 200
        self._body: list[bytes] = []
        self.responseHeaders = Headers()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)

    def setResponseCode(self, code: int, message: bytes | None = None) -> None:  # noqa: N802
        self._status = code

    def setHeader(self, name: bytes | str, value: bytes | str) -> None:  # noqa: N802
        self.responseHeaders.setRawHeaders(name, [value])

    def redirect(self, url: bytes | str) -> None:
        self.setResponseCode(302)
        self.setHeader(b"location", url)

    def write(self, data: bytes) -> None:
        self._body.append(data)

    def finish(self) -> None:
        """There is nothing to end: the response is asked for."""

    def response(self) -> dict[str, Any]:
        """The response in the form of the wire."""
        headers = [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, values in self.responseHeaders.getAllRawHeaders()
            for value in values
            # The body crosses as a whole, and who sends it in the end says how long it is.
            if name.lower() != b"content-length"
        ]
        body = base64.b64encode(b"".join(self._body)).decode("ascii")
        return {"status": self._status, "headers": headers, "body": {"start": body, "rest": None}}
