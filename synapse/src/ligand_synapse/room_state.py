"""The state of a room on its way to the modules: what they declared, piece by piece."""

from collections.abc import Iterable, Mapping
from typing import Any

import attr
from synapse.module_api import EventBase

from .framing import Written, to_json
from .wire import encode_event

PIECE_BYTES = 256 * 1024
"""How much JSON of entries one message carries."""

Key = tuple[str, str]


@attr.s(auto_attribs=True, frozen=True, slots=True)
class StateSelection:
    """The part of the state that the modules of a hook declared."""

    types: frozenset[str]
    """Types of which all events are wanted."""
    keys: tuple[Key, ...]
    """Single events. `$sender` and `$state_key` are those of the event that the hook is about."""

    @classmethod
    def of(cls, entries: Iterable[list[str]]) -> "StateSelection":
        """Raises ValueError for an entry that is neither a type nor a type and a state key."""
        types: set[str] = set()
        keys: list[Key] = []
        for entry in entries:
            event_type, *rest = entry
            if rest:
                (state_key,) = rest
                keys.append((event_type, state_key))
            else:
                types.add(event_type)
        return cls(frozenset(types), tuple(keys))

    def of_room(self, state: Mapping[Key, Any], event: Any) -> Mapping[Key, Any]:
        """What is selected of a room's state for a hook about an event."""
        selected: dict[Key, Any] = {}
        if self.types:
            # Only then all of the state is looked through.
            selected = {key: value for key, value in state.items() if key[0] in self.types}
        for event_type, declared in self.keys:
            state_key = _resolved(declared, event)
            if state_key is not None and (event_type, state_key) in state:
                selected[event_type, state_key] = state[event_type, state_key]
        return selected


def _resolved(state_key: str, event: Any) -> str | None:
    if isinstance(event, EventBase):
        if state_key == "$sender":
            return event.sender
        if state_key == "$state_key":
            return event.get_state_key()
    return state_key


class StatePieces:
    """Encodes a state as far as it is read, so that none of it takes Synapse's thread for long."""

    def __init__(self, state: Mapping[Key, Any]) -> None:
        # Another module may change its mapping meanwhile.
        self._entries = iter(list(state.items()))
        # An entry that had no room in the piece before.
        self._held: bytes | None = None
        self.failure: Exception | None = None
        """What went wrong in reading it, if anything did."""

    def read_on(self) -> tuple[Written, bool]:
        """The next piece, a list of at least one entry of what is left, and whether more follow.

        An entry is the type, the state key, and the event in the form of the wire. It is written
        here, since its length is known only then.
        """
        try:
            return self._read_on()
        except Exception as error:
            self.failure = error
            raise

    def _read_on(self) -> tuple[Written, bool]:
        piece: list[bytes] = []
        size = 0
        while (entry := self._held or self._write_next()) is not None:
            # A comma follows it.
            size += len(entry) + 1
            self._held = entry if piece and size > PIECE_BYTES else None
            if self._held is not None:
                break
            piece.append(entry)
        return Written(b"[%b]" % b",".join(piece)), self._held is not None

    def _write_next(self) -> bytes | None:
        following = next(self._entries, None)
        if following is None:
            return None
        (event_type, state_key), event = following
        return to_json((event_type, state_key, encode_event(event)))
