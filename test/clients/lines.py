"""Connects a client program to its test: each request, answer and event is one line of JSON."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

Operations = dict[str, Callable[..., Awaitable[Any]]]


def write(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def heard(room_id: str, event: dict[str, Any]) -> None:
    """Reports an event that the client received to the test."""
    write({"event": {**event, "room_id": room_id}})


async def serve(operations: Operations) -> None:
    """Runs the test's requests from stdin one after another, until stdin closes."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        request = json.loads(line)
        try:
            result = await operations[request["do"]](*request["with"])
            write({"id": request["id"], "result": result})
        except Exception as error:
            write({"id": request["id"], "error": f"{type(error).__name__}: {error}"})
