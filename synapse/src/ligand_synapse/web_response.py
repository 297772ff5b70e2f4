"""The response of a module's web resource."""

import base64
from collections.abc import Mapping
from typing import Any

from .connection import Session


class WebResponse:
    """A response whose body can be read while the module is still writing it."""

    def __init__(self, session: Session, wire: Mapping[str, Any]) -> None:
        self._session = session
        self.wire = wire
        self.status: int = wire["status"]
        self.headers: list[tuple[str, str]] = wire["headers"]
        body = wire["body"]
        self.start = base64.b64decode(body["start"]) if body else b""
        """The first part of the body, which arrived with the head."""
        self._rest: int | None = body["rest"] if body else None
        self.is_read = self._rest is None
        """Whether the whole body has been read."""

    async def read_on(self) -> bytes:
        """Waits for the next piece of the body and returns it; empty at the end."""
        if self.is_read:
            return b""
        # No timeout: the client decides how long to wait for a slow body.
        answer = await self._session.ask("ligand/readBody", {"id": self._rest}, None)
        self.is_read = answer == ""
        return base64.b64decode(answer)
