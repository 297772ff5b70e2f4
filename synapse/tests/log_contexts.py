"""Creates Synapse log contexts with any supported version of Synapse."""

from typing import Any

from synapse.logging.context import LoggingContext  # type: ignore[attr-defined]


def context_of(name: str, request: Any = None) -> Any:
    further = {} if request is None else {"request": request}
    try:
        return LoggingContext(name=name, server_name="hs.example", **further)
    except TypeError:
        # Before Synapse 1.14x, contexts had no server name.
        return LoggingContext(name=name, **further)
