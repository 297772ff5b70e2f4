"""What a web resource of a module answers."""

import base64
from collections.abc import Mapping
from typing import Any

from .connection import Session


class WebResponse:
    """A response whose body is read as the module writes it."""

    def __init__(self, session: Session, wire: Mapping[str, Any]) -> None:
        self._session = session
        self.wire = wire
        self.status: int = wire["status"]
        self.headers: list[tuple[str, str]] = wire["headers"]
        body = wire["body"]
        self.start = base64.b64decode(body["start"]) if body else b""
        """What of the body came with the head."""
        self._rest: int | None = body["rest"] if body else None
        self.is_read = self._rest is None
        """Whether the body has come to its end."""

    async def read_on(self) -> bytes:
        """What comes next of the body, as soon as the module has written it; empty at its end."""
        if self.is_read:
            return b""
        # However long it is until there is more: the client waits as long as it wants to.
        answer = await self._session.ask("ligand/readBody", {"id": self._rest}, None)
        self.is_read = answer == ""
        return base64.b64decode(answer)
