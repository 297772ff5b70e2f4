"""The request that Synapse is working on."""

from urllib.parse import urlsplit

from synapse.logging.context import SENTINEL_CONTEXT, current_context


def request_id() -> str | None:
    """What Synapse's log calls it, such as `PUT-7`; None outside of any request."""
    context = current_context()
    return None if context is SENTINEL_CONTEXT else str(context)


def origin() -> str | None:
    """Whose request it is, `federation` or `local`; None where its path doesn't say."""
    context = current_context()
    if context is SENTINEL_CONTEXT or context.request is None:
        return None
    path = urlsplit(context.request.url).path
    # What a worker hands over says nothing of who asked the worker.
    if path.startswith("/_synapse/replication/"):
        return None
    return "federation" if path.startswith("/_matrix/federation/") else "local"


def request_suffix() -> str:
    """Ends a line of the log with the request that it is about."""
    request = request_id()
    return "" if request is None else f" (request {request})"
