"""Errors on this side, and as they cross."""

import logging
from typing import Any

from synapse.api.errors import CodeMessageException, SynapseError
from twisted.internet.defer import CancelledError

logger = logging.getLogger(__name__)

REQUEST_CANCELLED = -32800
METHOD_NOT_FOUND = -32601
APPLICATION_ERROR = 1

# What `ligand serve` says when it cannot be asked, for now or by so many: as if it were not there.
_UNAVAILABLE = frozenset(("LIGAND_HOST_STOPPED", "LIGAND_REMOTE_BUSY"))

# What `ligand serve` says when it does not understand what it was asked.
_NOT_UNDERSTOOD = "LIGAND_REMOTE_PROTOCOL"

# Names that Synapse's own arguments have where it writes the body of an error: as further members
# they make it fail, so they are left out.
UNUSABLE_FIELDS = frozenset(("msg", "code"))


class LigandError(Exception):
    """Something is wrong between Synapse and the modules, or in the modules."""


class Disconnected(LigandError):
    """`ligand serve` cannot be asked: it is not there, or the connection ended."""


class Unavailable(Disconnected):
    """`ligand serve` is there and says that it cannot be asked: it stops, or has too much to do."""


class TimedOut(LigandError):
    """`ligand serve` did not answer in time."""


class BridgeFault(LigandError):
    """The bridge itself failed: the modules were asked wrongly, or their answer is not understood.

    Where an exception of this process is behind it, that is its `__cause__`.
    """


class RemoteError(LigandError):
    """What a module raised, where it is not meant for a Matrix client."""

    def __init__(self, message: str, code: str | None = None, remedy: str | None = None) -> None:
        super().__init__(_with_remedy(message, remedy))
        self.code = code


MODULE_ERRORS = (SynapseError, RemoteError)
"""What a module raises, as it arrives here. Where it is caught right after the modules were asked,
it is their answer; anything else that is raised there means that none of them gave one."""


def _with_remedy(message: str, remedy: str | None) -> str:
    if not remedy:
        return message
    if "\n" in message:
        return f"{message}\n{remedy}"
    return f"{message} {remedy}" if message.endswith((".", "!", "?")) else f"{message}. {remedy}"


class RefusedCall(LigandError):
    """A module asked a service for what cannot be; it sees a LigandError with this code."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy


def encode_error(error: BaseException) -> dict[str, Any]:
    """An exception as the error of a JSON-RPC response. Its stack stays here."""
    try:
        return _encode_error(error)
    except Exception:
        # Its own parts can fail, `__str__` among them. Whoever asked still needs an answer.
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
    """The error of a JSON-RPC response as an exception that Synapse knows how to treat.

    What a module raised is a SynapseError, a RemoteError or a CancelledError. Anything else says
    that no module answered: Unavailable, or a BridgeFault.
    """
    try:
        return _decode_error(error)
    except Exception as cause:
        fault = BridgeFault(f"an error came in a form that is not known: {error!r}")
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
    # The text itself: an enumeration of texts shows as the name of its member.
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
        # The code and the text are among them where the module set them as fields: those win.
        {name: value for name, value in body.items() if name not in UNUSABLE_FIELDS},
        data.get("headers") or None,
    )
