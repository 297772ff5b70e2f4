"""Drives mautrix: `python mautrix_program.py URL USER_ID`."""

import asyncio
import base64
import sys
from typing import Any

from lines import heard, serve
from mautrix.client import Client, InternalEventType
from mautrix.types import Event, EventType, Serializable, StrippedStateEvent


class Program:
    def __init__(self) -> None:
        self.client = Client(mxid=sys.argv[2], base_url=sys.argv[1])
        self.synced = asyncio.Event()

    async def on_event(self, event: Event | StrippedStateEvent) -> None:
        heard(event.room_id, event.serialize())

    async def on_sync(self, _: Any) -> None:
        self.synced.set()

    async def log_in(self, password: str) -> None:
        await self.client.login(identifier=self.client.mxid, password=password, device_name="mautrix")
        self.client.add_event_handler(EventType.ALL, self.on_event)
        self.client.add_event_handler(InternalEventType.SYNC_SUCCESSFUL, self.on_sync)
        self.client.start(None)
        await self.synced.wait()

    async def create_room(self, name: str, invited: list[str]) -> str:
        return await self.client.create_room(name=name, invitees=invited)

    async def join(self, room_id: str) -> None:
        await self.client.join_room(room_id)

    async def send(self, room_id: str, kind: str, content: dict[str, Any]) -> None:
        await self.client.send_message_event(room_id, EventType.find(kind, EventType.Class.MESSAGE), content)

    async def upload(self, name: str, content: str) -> str:
        return await self.client.upload_media(content.encode(), mime_type="text/plain", filename=name)

    async def download(self, uri: str) -> str:
        return base64.b64encode(await self.client.download_media(uri)).decode()

    async def call(self, method: str, *arguments: Any) -> Any:
        """Calls any other method of the client and returns its result as JSON."""
        result = await getattr(self.client, method)(*arguments)
        return result.serialize() if isinstance(result, Serializable) else result


async def main() -> None:
    program = Program()
    names = ("log_in", "create_room", "join", "send", "upload", "download", "call")
    await serve({name: getattr(program, name) for name in names})
    program.client.stop()
    await program.client.api.session.close()


asyncio.run(main())
