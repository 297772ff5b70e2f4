"""Identifies the request that Synapse is working on, from its log context."""

from urllib.parse import urlsplit

from synapse.logging.context import SENTINEL_CONTEXT, current_context


def request_id() -> str | None:
    """Returns the request's name in Synapse's log, such as `PUT-7`; None outside any request."""
    context = current_context()
    return None if context is SENTINEL_CONTEXT else str(context)


def origin() -> str | None:
    """Returns where the request came from, `federation` or `local`; None if its path can't tell."""
    context = current_context()
    if context is SENTINEL_CONTEXT or context.request is None:
        return None
    path = urlsplit(context.request.url).path
    # A worker forwarded this request, and its path doesn't show who sent the original.
    if path.startswith("/_synapse/replication/"):
        return None
    return "federation" if path.startswith("/_matrix/federation/") else "local"


def request_suffix() -> str:
    """Returns ` (request PUT-7)` to append to a log line, or nothing outside any request."""
    request = request_id()
    return "" if request is None else f" (request {request})"
