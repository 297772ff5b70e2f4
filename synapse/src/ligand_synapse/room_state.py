"""Selects the part of a room's state that modules use, and encodes it piece by piece."""

from collections.abc import Iterable, Mapping
from typing import Any

import attr
from synapse.module_api import EventBase

from .framing import Written, to_json
from .wire import encode_event

PIECE_BYTES = 256 * 1024
"""The size that a piece of JSON aims for. A single larger entry gets a piece to itself."""

Key = tuple[str, str]


@attr.s(auto_attribs=True, frozen=True, slots=True)
class StateSelection:
    """The part of a room's state that a hook's callbacks declared."""

    types: frozenset[str]
    """Types for which every event is selected."""
    keys: tuple[Key, ...]
    """Single events. `$sender` and `$state_key` stand for the sender and state key of the event
    that the hook is about."""

    @classmethod
    def of(cls, entries: Iterable[list[str]]) -> "StateSelection":
        """Builds a selection from entries `[type]` and `[type, state_key]`.

        Raises ValueError for an entry of any other length.
        """
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
        """Returns the selected part of a room's state, for a hook that's called with `event`."""
        selected: dict[Key, Any] = {}
        if self.types:
            # The only case that has to go through the whole state.
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
    """Encodes a state lazily, one piece per read, so that it never blocks Synapse for long."""

    def __init__(self, state: Mapping[Key, Any]) -> None:
        # Copied, because another module may change the mapping between reads.
        self._entries = iter(list(state.items()))
        # The entry that didn't fit into the previous piece.
        self._held: bytes | None = None
        self.failure: Exception | None = None
        """The exception that a read raised, if any."""

    def read_on(self) -> tuple[Written, bool]:
        """Returns the next piece and whether more follow.

        A piece is a JSON list of entries `[type, state_key, event]`, with at least one entry unless
        the state is empty. It's serialized here, because only that shows how long it is.
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
            # One more for the comma.
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
