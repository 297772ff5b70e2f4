"""Converts the values of a run between their JSON form and Synapse's types.

The tags are those of `src/remote/wire/wire.ts` where it has one for the value. The others are for values
that only Python distinguishes: tuples, enum members, the constant NOT_SPAM, records.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attr
from synapse.api.errors import Codes, RedirectException, SynapseError
from synapse.api.presence import UserPresenceState
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS
from synapse.config.repository import MediaUploadLimit
from synapse.events import EventBase, make_event_from_dict
from synapse.media._base import FileInfo
from synapse.module_api import NOT_SPAM
from synapse.module_api.callbacks.federation import (
    FederatedEventDeliveryMethod,
    FederationEventDeliveryEvent,
)
from synapse.module_api.callbacks.ratelimit_callbacks import RatelimitOverride
from synapse.spam_checker_api import RegistrationBehaviour
from synapse.storage.roommember import ProfileInfo
from synapse.synapse_rust.types import Requester
from synapse.types import RoomAlias, UserID, create_requester
from twisted.internet.defer import CancelledError

ROOM_VERSION = KNOWN_ROOM_VERSIONS["11"]


class Opaque:
    """Stands for a value of which tests compare only the kind."""

    def __init__(self, kind: str, **members: Any) -> None:
        self.kind = kind
        self.members = members


class Slot(Opaque):
    """The context manager that a background update runs in."""

    async def __aenter__(self) -> Any:
        return self.members["ms"]

    async def __aexit__(self, *_: object) -> None:
        return None


BUILT_IN = Opaque("builtIn")
"""Stands for the homeserver's own behaviour when no module decides."""


def decode(wire: Any) -> Any:
    if isinstance(wire, list):
        return [decode(item) for item in wire]
    if not isinstance(wire, dict):
        # A separate string: Synapse distinguishes its constants from strings that are merely equal.
        return "".join(list(wire)) if isinstance(wire, str) else wire
    if "$" not in wire:
        return {key: decode(value) for key, value in wire.items()}
    return TAGS[wire["$"]](wire)


async def _on_login(_response: object) -> None:
    return None


def _event(wire: dict[str, Any]) -> EventBase:
    event = make_event_from_dict(
        {key: value for key, value in wire["dict"].items() if key != "event_id"}, ROOM_VERSION
    )
    EVENT_NAMES[event.event_id] = wire["dict"]["event_id"]
    return event


EVENT_NAMES: dict[str, str] = {}
"""The names that events have in the run, by the identifiers that Synapse computes."""


def _presence(wire: dict[str, Any]) -> UserPresenceState:
    return UserPresenceState(**_members(wire))


def _members(wire: dict[str, Any]) -> dict[str, Any]:
    return {snake_case(key): decode(value) for key, value in wire.items() if key != "$"}


TAGS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "tuple": lambda wire: tuple(decode(wire["items"])),
    "set": lambda wire: set(decode(wire["items"])),
    "map": lambda wire: {decode(key): decode(value) for key, value in wire["entries"]},
    "code": lambda wire: Codes(wire["text"]),
    "notSpam": lambda wire: NOT_SPAM,
    "denial": lambda wire: (
        Codes(wire["code"]),
        {**wire["fields"], **({} if wire["error"] is None else {"error": wire["error"]})},
    ),
    "behaviour": lambda wire: RegistrationBehaviour(wire["text"]),
    "callback": lambda wire: _on_login,
    "slot": lambda wire: Slot("slot", ms=wire["ms"]),
    "event": _event,
    "state": lambda wire: {
        (kind, state_key): decode(event) for kind, state_key, event in wire["entries"]
    },
    "user": lambda wire: UserID.from_string(wire["text"]),
    "alias": lambda wire: RoomAlias.from_string(wire["text"]),
    "requester": lambda wire: create_requester(wire["userId"], device_id=wire["deviceId"]),
    "presence": _presence,
    "profile": lambda wire: ProfileInfo(
        display_name=wire["displayName"], avatar_url=wire["avatarUrl"]
    ),
    "limit": lambda wire: MediaUploadLimit(**_members(wire)),
    "override": lambda wire: RatelimitOverride(**_members(wire)),
    "delivery": lambda wire: FederationEventDeliveryEvent(
        server_name=wire["serverName"],
        events=decode(wire["events"]),
        method=FederatedEventDeliveryMethod(wire["method"]),
    ),
    "fileInfo": lambda wire: FileInfo(**_members(wire)),
    "file": lambda wire: Opaque("file", path=wire["path"]),
    "request": lambda wire: Opaque("request", url=wire["url"]),
}

RECORDS = (
    UserPresenceState,
    ProfileInfo,
    MediaUploadLimit,
    RatelimitOverride,
    FileInfo,
    FederationEventDeliveryEvent,
)
"""Compared member by member, by the members that Ligand's records have."""
LACKING = {"info_uri", "can_upgrade"}
"""Members of Synapse's records that Ligand's may leave out, as those of the runs do."""


def encode(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Codes):
        return {"$": "code", "text": value.value}
    if isinstance(value, (RegistrationBehaviour, FederatedEventDeliveryMethod)):
        return value.value
    if isinstance(value, enum.Enum):
        raise TypeError(f"no form for {value!r}")
    if isinstance(value, str):
        return value
    if isinstance(value, Opaque):
        return {"$": value.kind, **value.members}
    if isinstance(value, EventBase):
        return {"$": "event", "id": EVENT_NAMES[value.event_id]}
    if isinstance(value, UserID):
        return {"$": "user", "text": value.to_string()}
    if isinstance(value, RoomAlias):
        return {"$": "alias", "text": value.to_string()}
    if isinstance(value, Requester):
        return {"$": "requester", "userId": value.user.to_string(), "deviceId": value.device_id}
    if isinstance(value, RECORDS):
        members = attr.asdict(value, recurse=False)
        return {camel_case(k): encode(v) for k, v in members.items() if k not in LACKING}
    if isinstance(value, (set, frozenset)):
        return {"$": "set", "items": [encode(item) for item in value]}
    if isinstance(value, Mapping):
        return _encode_mapping(value)
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if callable(value):
        return {"$": "callback"}
    raise TypeError(f"no form for {value!r}")


def _encode_mapping(value: Mapping[Any, Any]) -> Any:
    if value and all(isinstance(key, tuple) for key in value):
        return {"$": "state", "entries": [[*key, encode(event)] for key, event in value.items()]}
    return {key: encode(item) for key, item in value.items()}


class OrdinaryError(Exception):
    """An error that Synapse doesn't treat specially."""


def error_of(wire: dict[str, Any]) -> Exception:
    """Creates the error that a callback throws."""
    kind = wire["kind"]
    if kind == "matrix":
        return SynapseError(wire["status"], wire["message"], wire["errcode"], wire["fields"])
    if kind == "cancelled":
        return CancelledError()
    if kind == "redirect":
        return RedirectException(b"https://example.org/")
    return OrdinaryError(wire["message"])


def snake_case(name: str) -> str:
    """Converts `userMaySend3pidInvite` to `user_may_send_3pid_invite`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", name).lower()


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


Callback = Callable[..., Awaitable[Any]]
