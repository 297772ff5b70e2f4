"""A hook that modules answer, and what crosses when it is called."""

from collections.abc import Iterable
from typing import Any

import attr

from .room_state import StateSelection


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Wanted:
    """What the callbacks that are asked about an event look at together."""

    is_asked: bool
    """Whether any callback is asked."""
    parameters: int
    """How many of the hook's arguments, from the first."""
    state: StateSelection | None
    """Which part of the state of a room; None for all of it."""

    @classmethod
    def by(cls, callbacks: list[dict[str, Any]], least: int = 0) -> "Wanted":
        """Together for callbacks as `ligand serve` introduces them.

        Args:
            least: how many arguments are wanted whatever callbacks look at.
        """
        return cls(
            bool(callbacks),
            max([least, *(int(callback["parameters"]) for callback in callbacks)]),
            _union(callback["state"] for callback in callbacks),
        )


@attr.s(auto_attribs=True, frozen=True, slots=True)
class RemoteHook:
    """A hook as Ligand names it."""

    category: str
    hook: str
    shield: bool
    """Whether a request that is cancelled waits for it."""
    others: Wanted
    """What is wanted for events of types that no callback names, and in hooks without an event."""
    named: dict[str, Wanted]
    """What is wanted for events of the types that callbacks name."""

    @classmethod
    def of(cls, hook: dict[str, Any]) -> "RemoteHook":
        callbacks = list(hook["callbacks"])
        for_all = [callback for callback in callbacks if callback["types"] is None]
        # The modules see by the event's type whom to ask, even if no callback looks at the event.
        least = 0 if len(for_all) == len(callbacks) else 1
        types = {event_type for callback in callbacks for event_type in callback["types"] or ()}
        return cls(
            hook["category"],
            hook["hook"],
            hook["shield"],
            Wanted.by(for_all, least),
            {
                event_type: Wanted.by(
                    [
                        callback
                        for callback in callbacks
                        if callback["types"] is None or event_type in callback["types"]
                    ],
                    least,
                )
                for event_type in types
            },
        )

    def about(self, args: tuple[Any, ...]) -> Wanted:
        """What is wanted of arguments. The first is an event where callbacks name types."""
        return self.named.get(args[0].type, self.others) if self.named else self.others


def _union(states: Iterable[list[list[str]] | None]) -> StateSelection | None:
    entries: list[list[str]] = []
    for state in states:
        if state is None:
            return None
        entries.extend(state)
    return StateSelection.of(entries)
