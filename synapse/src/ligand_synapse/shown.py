"""Shows strings and config values without the secrets that their form gives away."""

import re
from collections.abc import Iterable
from typing import Any

REDACTED = "[redacted]"

# Every repetition is bounded or can start at one place only: lines come from modules, in any shape.
# The password in a URL. The user name and the host stay, because they say which server is meant.
_URL_PASSWORD = re.compile(r"(://[^\s:/?#@\"']{0,256}:)(?!\d{1,5}[/?#])[^\s\"']{1,256}(@)")
# What is assigned to a name such as PGPASSWORD or access_token, also in JSON inside JSON.
_ASSIGNED = re.compile(
    r"(?<![\w.-])([\w.-]{0,64}?"
    r"(?:passw(?:or)?d|passphrase|secret|token|credential|cookie|authorization|api_?key|jwt)"
    r"[\w.-]{0,64}\\{0,15}[\"']?\s{0,8}[=:]\s{0,8}\\{0,15}[\"']?)"
    r"(?:(?:Bearer|Basic)\s+)?[^\s\"',}\\]+",
    re.IGNORECASE,
)
# Access tokens of Synapse and of the Matrix Authentication Service.
_TOKEN = re.compile(r"(?<![\w-])(?:sy[rtl]|mat|mar|mct|mcr|mps)_[\w-]{4,}")


# Without one of these there is no secret that its form gives away.
_SIGNS = (":", "=", "_")


def shown(text: str) -> str:
    """Returns the string without passwords of URLs, values of names such as `PGPASSWORD`, and
    access tokens."""
    if not any(sign in text for sign in _SIGNS):
        return text
    safe = _URL_PASSWORD.sub(rf"\1{REDACTED}\2", text)
    return _TOKEN.sub(REDACTED, _ASSIGNED.sub(rf"\1{REDACTED}", safe))


def shown_command(arguments: Iterable[str]) -> str:
    """Returns a command as one string for the log."""
    return " ".join(shown(argument) for argument in arguments)


def shown_value(value: Any) -> str:
    """Returns a value from the config for an error message; of lists and mappings only the kind."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    return shown(repr(value))
