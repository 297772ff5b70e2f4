"""Encodes and decodes the values that cross the connection as JSON.

A value that JSON can't represent becomes an object whose key ``$`` names its form. Ligand's
``src/remote/wire/wire-forms.ts`` has the same names.
"""

import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from typing import Any, Protocol

import attr
from synapse.module_api import (
    EventBase,
    ProfileInfo,
    Requester,
    RoomAlias,
    UserID,
    UserPresenceState,
)
from twisted.web.http import Request

from .errors import LigandError, decode_error, encode_error


class Lender(Protocol):
    """Lends the peer values that can't be sent whole, and identifies them by number."""

    def lend_file(self, path: str) -> int:
        """Lets the peer read a file. Returns the file's number."""

    def lend_request(self, request: Request) -> dict[str, Any]:
        """Encodes a request with the number that services know it by."""

    def lend_state(self, state: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
        """Encodes a state: the first piece, and the number for reading the rest, if any."""


class Handles(Protocol):
    """Resolves numbers that the peer sends."""

    def request(self, number: int | None) -> Request:
        """Returns a request that was lent to the peer. Raises RefusedCall if it no longer is."""

    def function(self, number: int) -> Callable[..., Awaitable[Any]]:
        """Returns a function that calls one of the peer's."""


@attr.s(auto_attribs=True, frozen=True, slots=True)
class State:
    """Marks an outgoing mapping as a room's state. An empty mapping wouldn't show what it is."""

    events: Mapping[tuple[str, str], Any]


@attr.s(auto_attribs=True, frozen=True, slots=True)
class File:
    """An outgoing file, by its path."""

    path: str


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Tagged:
    """An outgoing value in the wire form `name`, whose members are encoded already."""

    name: str
    members: dict[str, Any]


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Denial:
    """An incoming verdict that denies something."""

    code: str
    error: str | None
    fields: dict[str, Any]


def encode(value: Any, lender: Lender) -> Any:
    """Encodes a value for `to_json`. Raises LigandError if its type has no wire form."""
    plain = _PLAIN.get(type(value))
    if plain is not None:
        return plain(value, lender)
    for kind, special in _SPECIAL:
        if isinstance(value, kind):
            return special(value, lender)
    raise LigandError(f"a {type(value).__name__} cannot leave its process")


def decode(wire: Any, handles: Handles) -> Any:
    """Decodes a value that the peer sent. Raises LigandError for an unknown wire form."""
    if isinstance(wire, list):
        return [decode(item, handles) for item in wire]
    if not isinstance(wire, dict):
        return wire
    name = wire.get("$")
    if name is None:
        return {key: decode(member, handles) for key, member in wire.items()}
    form = _FORMS.get(name)
    if form is None:
        raise LigandError(f"a value came in the unknown form {name!r}")
    return form(wire, handles)


@cache
def camel_case(name: str) -> str:
    """Spells a name of Synapse's in the way of Ligand. There are few, in each event the same."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def encode_event(event: EventBase) -> dict[str, Any]:
    # From room version 3 on, events don't contain their id, but callbacks need it.
    return {
        "$": "event",
        "dict": {**event.get_dict(), "event_id": event.event_id},
        "roomVersion": event.room_version.identifier,
        "internalMetadata": _internal_metadata(event),
        "rejectedReason": event.rejected_reason,
    }


def _internal_metadata(event: EventBase) -> dict[str, Any]:
    metadata = event.internal_metadata
    known = {camel_case(name): value for name, value in metadata.get_dict().items()}
    # `get_dict` leaves these two out, because they're set only once the event is stored.
    for name in ("stream_ordering", "redacted_by"):
        value = getattr(metadata, name, None)
        if value is not None:
            known[camel_case(name)] = value
    return known


def _encode_requester(requester: Requester, lender: Lender) -> dict[str, Any]:
    return {
        "user": _encode_user(requester.user, lender),
        "userId": requester.user.to_string(),
        "accessTokenId": requester.access_token_id,
        # Older versions of Synapse have the database's 0 or 1 here.
        "isGuest": bool(requester.is_guest),
        "scope": _encode_set(requester.scope, lender),
        "shadowBanned": bool(requester.shadow_banned),
        "deviceId": requester.device_id,
        "appServiceId": app_service_id(requester),
        "authenticatedEntity": requester.authenticated_entity,
    }


def app_service_id(requester: Any) -> str | None:
    # Up to Synapse 1.153, a requester has the application service instead of its id.
    if hasattr(requester, "app_service_id"):
        service_id: str | None = requester.app_service_id
        return service_id
    return None if requester.app_service is None else str(requester.app_service.id)


def _encode_attrs(value: Any, lender: Lender) -> dict[str, Any]:
    return {
        camel_case(field.name): encode(getattr(value, field.name), lender)
        for field in attr.fields(type(value))
    }


def _encode_profile(profile: ProfileInfo, lender: Lender) -> dict[str, Any]:
    return {"displayName": profile.display_name, "avatarUrl": profile.avatar_url}


def _encode_mapping(value: Mapping[str, Any], lender: Lender) -> dict[str, Any]:
    members = {key: encode(member, lender) for key, member in value.items()}
    return {"$": "object", "value": members} if "$" in members else members


def _encode_list(value: Iterable[Any], lender: Lender) -> list[Any]:
    return [encode(item, lender) for item in value]


def _encode_set(value: Iterable[Any], lender: Lender) -> dict[str, Any]:
    return {"$": "set", "items": _encode_list(value, lender)}


def _encode_user(user: UserID, lender: Lender) -> dict[str, Any]:
    return {"$": "user", "text": user.to_string()}


def _encode_error(error: BaseException, lender: Lender) -> dict[str, Any]:
    crossing = encode_error(error)
    return {"$": "error", "message": crossing["message"], "data": crossing["data"]}


def _encode_bytes(value: bytes, lender: Lender) -> dict[str, Any]:
    return {"$": "bytes", "base64": base64.b64encode(value).decode("ascii")}


Encode = Callable[[Any, Lender], Any]


def _as_it_is(value: Any, lender: Lender) -> Any:
    return value


_PLAIN: dict[type, Encode] = {
    type(None): _as_it_is,
    str: _as_it_is,
    bool: _as_it_is,
    int: _as_it_is,
    float: _as_it_is,
    list: _encode_list,
    tuple: _encode_list,
    dict: _encode_mapping,
}

_SPECIAL: tuple[tuple[type, Encode], ...] = (
    (EventBase, lambda value, lender: encode_event(value)),
    (State, lambda value, lender: lender.lend_state(value.events)),
    (Requester, _encode_requester),
    (UserPresenceState, _encode_attrs),
    (UserID, _encode_user),
    (RoomAlias, lambda value, lender: {"$": "alias", "text": value.to_string()}),
    (
        File,
        lambda value, lender: {
            "$": "file",
            "path": value.path,
            "id": lender.lend_file(value.path),
        },
    ),
    (Request, lambda value, lender: {"$": "request", **lender.lend_request(value)}),
    (Tagged, lambda value, lender: {"$": value.name, **value.members}),
    (ProfileInfo, _encode_profile),
    (bytes, _encode_bytes),
    (BaseException, _encode_error),
    # Subclasses of the plain types, such as string enums.
    (str, lambda value, lender: str.__str__(value)),
    (int, lambda value, lender: int(value)),
    (Mapping, _encode_mapping),
    (set, _encode_set),
    (frozenset, _encode_set),
)


def _decode_object(wire: dict[str, Any], handles: Handles) -> dict[str, Any]:
    return {key: decode(member, handles) for key, member in wire["value"].items()}


def _decode_denial(wire: dict[str, Any], handles: Handles) -> Denial:
    return Denial(wire["code"], wire["error"], decode(wire["fields"], handles))


_FORMS: dict[str, Callable[[dict[str, Any], Handles], Any]] = {
    "event": lambda wire, handles: wire["dict"],
    "state": lambda wire, handles: {
        (event_type, state_key): decode(value, handles)
        for event_type, state_key, value in wire["entries"]
    },
    "user": lambda wire, handles: UserID.from_string(wire["text"]),
    "alias": lambda wire, handles: RoomAlias.from_string(wire["text"]),
    "denial": _decode_denial,
    # A list, because the decoded items may not be hashable.
    "set": lambda wire, handles: [decode(item, handles) for item in wire["items"]],
    "map": lambda wire, handles: {
        decode(key, handles): decode(value, handles) for key, value in wire["entries"]
    },
    "bytes": lambda wire, handles: base64.b64decode(wire["base64"]),
    "request": lambda wire, handles: handles.request(wire["id"]),
    "error": lambda wire, handles: decode_error(wire),
    "callback": lambda wire, handles: handles.function(wire["id"]),
    "object": _decode_object,
}
