"""The bridge's exceptions, and how exceptions are encoded in JSON-RPC."""

import logging
from typing import Any

from synapse.api.errors import CodeMessageException, SynapseError
from twisted.internet.defer import CancelledError

logger = logging.getLogger(__name__)

REQUEST_CANCELLED = -32800
METHOD_NOT_FOUND = -32601
APPLICATION_ERROR = 1

# `ligand serve` is shutting down or overloaded. Treated as if it weren't there.
_UNAVAILABLE = frozenset(("LIGAND_HOST_STOPPED", "LIGAND_REMOTE_BUSY"))

# `ligand serve` didn't understand the request, so the bridge is at fault.
_NOT_UNDERSTOOD = "LIGAND_REMOTE_PROTOCOL"

# Synapse passes an error's extra fields as keyword arguments beside its own `msg` and `code`, and
# fails if the names clash. So these are dropped.
UNUSABLE_FIELDS = frozenset(("msg", "code"))


class LigandError(Exception):
    """Base class of the bridge's errors: something failed in the modules or on the way to them."""


class Disconnected(LigandError):
    """`ligand serve` can't be reached, or the connection dropped during a call."""


class Unavailable(Disconnected):
    """`ligand serve` is reachable but refused the call: it's shutting down or overloaded."""


class TimedOut(LigandError):
    """`ligand serve` didn't answer in time."""


class BridgeFault(LigandError):
    """The bridge itself failed: it sent an invalid request or couldn't read the answer.

    `__cause__` is the exception behind it, if it was raised in this process.
    """


class RemoteError(LigandError):
    """An exception that a module raised and didn't mean for a Matrix client.

    Errors for clients arrive as SynapseError.
    """

    def __init__(self, message: str, code: str | None = None, remedy: str | None = None) -> None:
        super().__init__(_with_remedy(message, remedy))
        self.code = code


MODULE_ERRORS = (SynapseError, RemoteError)
"""Exceptions that stand for one that a module raised. Caught right after a call to the modules,
they're the modules' answer; any other exception there means that no module answered."""


def _with_remedy(message: str, remedy: str | None) -> str:
    if not remedy:
        return message
    if "\n" in message:
        return f"{message}\n{remedy}"
    return f"{message} {remedy}" if message.endswith((".", "!", "?")) else f"{message}. {remedy}"


class RefusedCall(LigandError):
    """Raised when a module makes an invalid service call. The module gets a LigandError."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy


def encode_error(error: BaseException) -> dict[str, Any]:
    """Encodes an exception as a JSON-RPC error, without its stack. Never raises."""
    try:
        return _encode_error(error)
    except Exception:
        # An exception's own methods can fail, even `__str__`, and the caller still needs an answer.
        logger.exception("A %s can't be described", type(error).__name__)
        return _application_error(type(error).__name__, _other(error))


def _encode_error(error: BaseException) -> dict[str, Any]:
    message = str(error) or type(error).__name__
    if isinstance(error, CodeMessageException):
        return _application_error(error.msg, _matrix_data(error))
    if isinstance(error, CancelledError):
        return {
            "code": REQUEST_CANCELLED,
            "message": message,
            "data": {"kind": "cancelled"},
        }
    if isinstance(error, RefusedCall):
        return _application_error(
            message, {"kind": "ligand", "code": error.code, "remedy": error.remedy}
        )
    return _application_error(message, _other(error))


def _other(error: BaseException) -> dict[str, Any]:
    return {"kind": "other", "name": type(error).__name__}


def decode_error(error: dict[str, Any]) -> Exception:
    """Decodes a JSON-RPC error into an exception that Synapse can handle. Never raises.

    Returns a SynapseError, RemoteError or CancelledError if a module raised, and Unavailable or
    BridgeFault if no module answered.
    """
    try:
        return _decode_error(error)
    except Exception as cause:
        fault = BridgeFault(f"an error came in a form that is not known: {type(cause).__name__}")
        fault.__cause__ = cause
        return fault


def _decode_error(error: dict[str, Any]) -> Exception:
    message = str(error.get("message", ""))
    data = error.get("data")
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(data, dict) or kind is None:
        return BridgeFault(f"{message} (JSON-RPC error {error.get('code')})")
    if kind == "matrix":
        return _synapse_error(message, data)
    if kind == "cancelled":
        return CancelledError()
    if kind == "ligand":
        return _ligand_error(message, data)
    return RemoteError(f"{data.get('name')}: {message}")


def _application_error(message: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"code": APPLICATION_ERROR, "message": message, "data": data}


def _matrix_data(error: CodeMessageException) -> dict[str, Any]:
    body = error.error_dict(None) if isinstance(error, SynapseError) else {"error": error.msg}
    # A member of `Codes` is a string whose `str()` is the member's name, not its value.
    errcode = str.__str__(body.get("errcode", "M_UNKNOWN"))
    return {
        "kind": "matrix",
        "status": int(error.code),
        "errcode": errcode,
        "body": {**body, "errcode": errcode},
        "headers": error.headers or {},
    }


def _ligand_error(message: str, data: dict[str, Any]) -> LigandError:
    code = data.get("code")
    if code in _UNAVAILABLE:
        return Unavailable(message)
    if code == _NOT_UNDERSTOOD:
        return BridgeFault(_with_remedy(message, data.get("remedy")))
    return RemoteError(message, code, data.get("remedy"))


def _synapse_error(message: str, data: dict[str, Any]) -> SynapseError:
    body: dict[str, Any] = data.get("body") or {}
    text = body.get("error")
    return SynapseError(
        int(data["status"]),
        text if isinstance(text, str) else message,
        str(data["errcode"]),
        # May contain `errcode` and `error`, if the module set them as fields. Those win.
        {name: value for name, value in body.items() if name not in UNUSABLE_FIELDS},
        data.get("headers") or None,
    )
