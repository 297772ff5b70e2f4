"""Evaluates `only` and `except` of callbacks as Ligand's ``src/config/operate/matcher.ts`` does."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from synapse.module_api import EventBase, Requester, UserID

from .current_request import origin

Args = tuple[Any, ...]
Matcher = Callable[[Args], bool]
"""Whether a callback is called, by the hook's arguments."""
Facets = Mapping[str, int]
"""The positions of the arguments that say which `room`, `user` and `type` a call is about."""

UNKNOWN = object()
"""Stands for what isn't known. What there is none of is None."""

_FACETS = {"room": "room", "type": "type", "sender": "user", "server": "user"}


def matcher_of(facets: Facets, callback: Mapping[str, Any]) -> Matcher | None:
    """Returns the matcher of a callback that `ligand serve` introduced; None if it has none."""
    # What isn't known matches `only` and not `except`: the modules decide about it.
    required = _conditions(facets, callback.get("only"), where_unknown=True)
    excluded = _conditions(facets, callback.get("except"), where_unknown=False)
    if not required and not excluded:
        return None

    def matches(args: Args) -> bool:
        return all(holds(args) for holds in required) and not any(holds(args) for holds in excluded)

    return matches


def _conditions(
    facets: Facets, patterns: Mapping[str, list[str]] | None, *, where_unknown: bool
) -> list[Matcher]:
    # A key that isn't known here is left to `ligand serve`.
    read = {key: _reader(key, facets) for key in patterns or {}}
    return [
        _condition(reader, _any_of(key, (patterns or {})[key]), where_unknown)
        for key, reader in read.items()
        if reader is not None
    ]


def _condition(
    read: Callable[[Args], Any], test: Callable[[str], bool], where_unknown: bool
) -> Matcher:
    def holds(args: Args) -> bool:
        value = read(args)
        return test(value) if isinstance(value, str) else value is UNKNOWN and where_unknown

    return holds


def _reader(key: str, facets: Facets) -> Callable[[Args], Any] | None:
    """Returns what reads from the arguments what a key is compared with.

    That's a string, None for what there is none of, or UNKNOWN.
    """
    if key == "origin":
        return lambda args: origin() or UNKNOWN
    position = facets.get(_FACETS.get(key, ""))
    if position is None:
        return None
    read = _READERS[key]
    return lambda args: read(args[position])


def _room(value: Any) -> Any:
    return value.room_id if isinstance(value, EventBase) else _plain(value)


def _type(value: Any) -> Any:
    return value.type if isinstance(value, EventBase) else _plain(value)


def _sender(value: Any) -> Any:
    if isinstance(value, EventBase):
        return value.sender
    if isinstance(value, Requester):
        return value.user.to_string()
    return value.to_string() if isinstance(value, UserID) else _plain(value)


def _server(value: Any) -> Any:
    """Returns the server of a user, in lower case and without its port."""
    user = _sender(value)
    if not isinstance(user, str):
        return user
    _, colon, server = user.partition(":")
    return _lower(re.sub(r":[0-9]+\Z", "", server)) if colon else None


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else UNKNOWN


_READERS: dict[str, Callable[[Any], Any]] = {
    "room": _room,
    "type": _type,
    "sender": _sender,
    "server": _server,
}


def _lower(text: str) -> str:
    """Converts the letters A to Z alone: `str.lower` changes others, and JavaScript differs."""
    return text.translate(_LOWER)


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _any_of(key: str, patterns: Iterable[str]) -> Callable[[str], bool]:
    all_patterns = [_lower(pattern) for pattern in patterns] if key == "server" else list(patterns)
    # Looked up, because there may be a thousand rooms.
    names = frozenset(one for one in all_patterns if "*" not in one and "?" not in one)
    globs = [one for one in all_patterns if one not in names]
    return lambda text: text in names or any(matches_glob(one, text) for one in globs)


def matches_glob(pattern: str, text: str) -> bool:
    """Tests a whole string by a pattern: `*` is any characters, none included, and `?` is one.

    It walks both by two pointers, because a regular expression may take forever.
    """
    place = at = reached = 0
    star = -1
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star = place
            reached = at
            place += 1
        elif place < len(pattern) and pattern[place] in ("?", text[at]):
            place += 1
            at += 1
        elif star >= 0:
            # The last `*` takes one character more, and what follows it is tried again.
            reached += 1
            place = star + 1
            at = reached
        else:
            return False
    return all(character == "*" for character in pattern[place:])
