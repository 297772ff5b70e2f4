"""Reads and writes messages on a stream: JSON, preceded by a header with its length in bytes.

This is the framing of the Language Server Protocol ("Base protocol").
"""

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import attr

MAX_FRAME_BYTES = 32 * 1024 * 1024
MAX_HEADER_BYTES = 4096

_END_OF_HEADER = b"\r\n\r\n"


# Placeholder for parts that are JSON already, while the rest of a message is serialized. It's
# random and never leaves this process, so no data can contain it.
_PLACE = secrets.token_hex(16)
_QUOTED_PLACE = f'"{_PLACE}"'.encode()


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Written:
    """JSON that's already serialized. `to_json` inserts it unchanged."""

    json: bytes


class FrameError(Exception):
    """The stream violates the framing.

    There's no way to find the next message, so the connection has to be closed.
    """


def frame(message: dict[str, Any]) -> bytes:
    """Serializes a message with its header.

    Raises FrameError if the body is longer than MAX_FRAME_BYTES.
    """
    body = to_json(message)
    if len(body) > MAX_FRAME_BYTES:
        raise FrameError(f"a message of {len(body)} bytes is longer than {MAX_FRAME_BYTES}")
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def to_json(value: Any) -> bytes:
    """Serializes a value to UTF-8 JSON.

    Raises TypeError if it has no JSON form, and ValueError for NaN and infinities.
    """
    try:
        return _utf8(_ENCODER.encode(value))
    except _FoundWritten:
        return _with_written(value)


class _FoundWritten(Exception):
    """A part is JSON already. Few messages have one: looking for them costs each a third."""


def _plain(found: Any) -> Any:
    # Older versions of Synapse freeze event content into mappings that aren't dictionaries.
    if isinstance(found, Mapping):
        return dict(found)
    if isinstance(found, Written):
        raise _FoundWritten
    raise TypeError(f"JSON has no form for {type(found).__name__}")


def _encoder(default: Callable[[Any], Any]) -> json.JSONEncoder:
    return json.JSONEncoder(
        separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=default
    )


_ENCODER = _encoder(_plain)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _with_written(value: Any) -> bytes:
    written: list[bytes] = []

    def place(found: Any) -> Any:
        if not isinstance(found, Written):
            return _plain(found)
        written.append(found.json)
        return _PLACE

    before, *after = _utf8(_encoder(place).encode(value)).split(_QUOTED_PLACE)
    parts = [before]
    for inserted, following in zip(written, after, strict=True):
        parts += (inserted, following)
    return b"".join(parts)


class FrameParser:
    """Splits a stream into messages, however the stream is chunked."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Adds a chunk and returns the messages that are now complete.

        Raises FrameError if the stream violates the framing.
        """
        self._buffer += data
        messages: list[dict[str, Any]] = []
        while True:
            if self._length is None:
                self._length = self._read_header()
            if self._length is None or len(self._buffer) < self._length:
                return messages
            body = self._buffer[: self._length]
            del self._buffer[: self._length]
            self._length = None
            messages.append(_parse(body))

    def _read_header(self) -> int | None:
        end = self._buffer.find(_END_OF_HEADER, 0, MAX_HEADER_BYTES)
        if end < 0:
            if len(self._buffer) >= MAX_HEADER_BYTES:
                raise FrameError(f"no end of a header within {MAX_HEADER_BYTES} bytes")
            return None
        header = bytes(self._buffer[:end])
        del self._buffer[: end + len(_END_OF_HEADER)]
        name, _, value = header.partition(b": ")
        if name == b"Content-Length" and value.isdigit():
            # What `ligand serve` sends, each time.
            return _length(value)
        lengths = []
        for line in header.split(b"\r\n"):
            name, _, value = line.partition(b":")
            # Any other header means that the client speaks another protocol, such as HTTP.
            if name.lower() not in (b"content-length", b"content-type"):
                raise FrameError(f"a header of another protocol: {line[:40]!r}")
            if name.lower() == b"content-length":
                lengths.append(value.strip())
        if len(lengths) != 1:
            raise FrameError(f"a header without one Content-Length: {header[:80]!r}")
        return _length(lengths[0])


def _length(value: bytes) -> int:
    if not value.isdigit() or len(value) > 12:
        raise FrameError(f"Content-Length is not a number: {value[:80]!r}")
    length = int(value)
    if length > MAX_FRAME_BYTES:
        raise FrameError(f"a message of {length} bytes is longer than {MAX_FRAME_BYTES}")
    return length


def _parse(body: bytearray) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"a message isn't JSON: {error}") from error
    if not isinstance(message, dict):
        raise FrameError(f"a message is not an object, but {type(message).__name__}")
    return message
