"""How a program that drives a client talks with the test: a line of JSON for each request, answer and event."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

Operations = dict[str, Callable[..., Awaitable[Any]]]


def write(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def heard(room_id: str, event: dict[str, Any]) -> None:
    """Tells the test of an event that the client received."""
    write({"event": {**event, "room_id": room_id}})


async def serve(operations: Operations) -> None:
    """Does what the test asks for, one after the other, until it asks no more."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        request = json.loads(line)
        try:
            result = await operations[request["do"]](*request["with"])
            write({"id": request["id"], "result": result})
        except Exception as error:
            write({"id": request["id"], "error": f"{type(error).__name__}: {error}"})
