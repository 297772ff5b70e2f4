"""Captures a response that Synapse writes to a request, instead of sending it."""

import base64
from typing import Any

from twisted.web.http_headers import Headers


class RecordedRequest:
    """Wraps a request: reads go to the original, and the response is recorded."""

    # Synapse checks this before it writes.
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
        """Does nothing, because nothing is sent. Call `response` to get the recording."""

    def response(self) -> dict[str, Any]:
        """Returns the recorded response in its wire form."""
        headers = [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, values in self.responseHeaders.getAllRawHeaders()
            for value in values
            # Whatever server finally sends the response sets its own Content-Length.
            if name.lower() != b"content-length"
        ]
        body = base64.b64encode(b"".join(self._body)).decode("ascii")
        return {"status": self._status, "headers": headers, "body": {"start": body, "rest": None}}
