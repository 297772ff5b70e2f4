"""Drives matrix-nio: `python nio_program.py URL USER_ID`."""

import asyncio
import base64
import io
import sys
from typing import Any

from lines import heard, serve
from nio import AsyncClient, BadEvent, Event, InviteMemberEvent, MatrixRoom, Response, UnknownBadEvent
from nio.responses import ErrorResponse

client = AsyncClient(sys.argv[1], sys.argv[2])
syncing: list[asyncio.Task[None]] = []


def good(response: Response | ErrorResponse) -> Any:
    """Raises the error if the response is one, because nio returns errors instead of raising."""
    if isinstance(response, ErrorResponse):
        raise RuntimeError(str(response))
    return response


async def on_event(room: MatrixRoom, event: Event | BadEvent | UnknownBadEvent) -> None:
    heard(room.room_id, event.source)


async def on_invite(room: MatrixRoom, event: InviteMemberEvent) -> None:
    heard(room.room_id, {**event.source, "content": event.content})


async def log_in(password: str) -> None:
    good(await client.login(password, device_name="nio"))
    # nio classifies an encrypted file in an unencrypted room as a bad event.
    client.add_event_callback(on_event, (Event, BadEvent, UnknownBadEvent))
    client.add_event_callback(on_invite, InviteMemberEvent)
    syncing.append(asyncio.create_task(client.sync_forever(timeout=30_000, full_state=True)))
    await client.synced.wait()


async def create_room(name: str, invited: list[str]) -> str:
    return good(await client.room_create(name=name, invite=invited)).room_id


async def join(room_id: str) -> None:
    good(await client.join(room_id))


async def send(room_id: str, kind: str, content: dict[str, Any]) -> None:
    good(await client.room_send(room_id, kind, content))


async def upload(name: str, content: str) -> str:
    data = content.encode()
    response, _ = await client.upload(
        lambda *_: io.BytesIO(data), content_type="text/plain", filename=name, filesize=len(data)
    )
    return good(response).content_uri


async def download(uri: str) -> str:
    return base64.b64encode(good(await client.download(uri)).body).decode()


async def call(method: str, *arguments: Any) -> Any:
    """Calls any other method of the client and returns the server's JSON."""
    response = good(await getattr(client, method)(*arguments))
    return await response.transport_response.json()


async def main() -> None:
    await serve({f.__name__: f for f in (log_in, create_room, join, send, upload, download, call)})
    for task in syncing:
        task.cancel()
    await client.close()


asyncio.run(main())
