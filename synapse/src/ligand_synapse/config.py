"""Parses and checks the module's `config:` in homeserver.yaml."""

import difflib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, cast

import attr
from synapse.config import ConfigError

from .hooks import HOOKS
from .shown import shown_value

Policy = Literal["allow", "deny", "error"]

_POLICIES = ("allow", "deny", "error")
# The longest socket path that both Linux and macOS accept. `ligand serve --listen` has the same
# limit.
MAX_PATH_BYTES = 103
_KEYS = ("socket", "command", "connect_timeout", "call_timeout", "on_disconnect")
_CALL_SECONDS = 10
_CONNECT_SECONDS = 10
# What Synapse itself starts, it can tell from what isn't there: modules may take half a minute to
# be imported and checked, and more on a machine where everything starts together.
_COMMAND_SECONDS = 60


@attr.s(auto_attribs=True, frozen=True, slots=True)
class UnixAddress:
    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


@attr.s(auto_attribs=True, frozen=True, slots=True)
class TcpAddress:
    host: str
    port: int

    def __str__(self) -> str:
        return f"tcp:{self.host}:{self.port}"


Address = UnixAddress | TcpAddress


@attr.s(auto_attribs=True, frozen=True, slots=True)
class Config:
    address: Address
    """Where `ligand serve` listens."""
    command: tuple[str, ...] | None
    """The command that starts `ligand serve`; None if something else starts it."""
    connect_timeout: float
    """Seconds to wait for `ligand serve` while Synapse starts."""
    call_timeout: float
    """Seconds that a hook call or a request to a web resource may take."""
    on_disconnect: dict[str, Policy]
    """By hook name, what the hook answers when its modules can't. Defaults to `error`."""


def parse_config(config: Any) -> Config:
    """Parses the config, and raises a single ConfigError that lists every mistake."""
    if not isinstance(config, dict):
        raise ConfigError(f"expected an object with the key `socket`, found {shown_value(config)}")
    mistakes = _Mistakes()
    for key in config:
        with mistakes.gathered():
            _known_key(key)
    values: dict[str, Any] = {}
    with mistakes.gathered():
        values["address"] = parse_address(config.get("socket"))
    with mistakes.gathered():
        values["command"] = _command(config.get("command"))
    connect_seconds = _CONNECT_SECONDS if config.get("command") is None else _COMMAND_SECONDS
    for key, default in (("connect_timeout", connect_seconds), ("call_timeout", _CALL_SECONDS)):
        with mistakes.gathered():
            values[key] = _seconds(config, key, default)
    values["on_disconnect"] = _policies(config.get("on_disconnect"), mistakes)
    mistakes.raise_if_any()
    return Config(**values)


class _Mistakes:
    """Collects every mistake in a config, so that an administrator can fix them in one go."""

    def __init__(self) -> None:
        self._errors: list[ConfigError] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        try:
            yield
        except ConfigError as error:
            self._errors.append(error)

    def raise_if_any(self) -> None:
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            lines = [f"{'.'.join(error.path or ())}: {error.msg}" for error in self._errors]
            raise ConfigError("\n  ".join((f"{len(lines)} mistakes", *lines)))


def _known_key(key: Any) -> None:
    if key not in _KEYS:
        raise ConfigError(f"unknown key {key!r}{_suggestion(key, _KEYS)}", (str(key),))


def parse_address(value: Any) -> Address:
    """Parses the value of `socket`. Raises ConfigError if it isn't a local address."""
    expected = (
        "`socket` must say where `ligand serve` listens: unix:/path, /path, or tcp:127.0.0.1:port"
    )
    if not isinstance(value, str):
        raise ConfigError(f"{expected}; found {shown_value(value)}", ("socket",))
    if value.startswith("tcp:"):
        host, _, port = value.removeprefix("tcp:").rpartition(":")
        if host not in ("127.0.0.1", "::1", "[::1]", "localhost"):
            raise ConfigError(
                f"{expected}. A port is that of this machine alone, since nothing protects it; "
                f"found {shown_value(value)}",
                ("socket",),
            )
        # `isdigit` alone accepts digits of other scripts, and superscripts, which are no numbers.
        if not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
            raise ConfigError(f"{expected}; found {shown_value(value)}", ("socket",))
        return TcpAddress(host.strip("[]"), int(port))
    path = value.removeprefix("unix:")
    if not Path(path).is_absolute():
        raise ConfigError(
            f"{expected}, with an absolute path; found {shown_value(value)}", ("socket",)
        )
    if len(path.encode()) > MAX_PATH_BYTES:
        raise ConfigError(
            f"the path of `socket` is longer than {MAX_PATH_BYTES} bytes: {path}", ("socket",)
        )
    return UnixAddress(path)


def listens_elsewhere(config: Config) -> str | None:
    """Returns the `--listen` address in `command` if it clearly isn't `socket`, else None."""
    words = [part for word in config.command or () for part in word.split("=", 1)]
    listen = next((after for word, after in pairwise(words) if word == "--listen"), None)
    if listen is None:
        return None
    try:
        return None if parse_address(listen) == config.address else listen
    except ConfigError:
        return listen


def _command(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise ConfigError(
            f"`command` must be a list of strings, such as [ligand, serve, modules.yaml, --listen, "
            f"unix:/run/ligand/ligand.sock]; found {shown_value(value)}",
            ("command",),
        )
    if any("\0" in word for word in value):
        raise ConfigError("`command` has a NUL character, which no command may have", ("command",))
    return tuple(value)


def _seconds(config: dict[str, Any], key: str, default: float) -> float:
    value = config.get(key, default)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not value > 0 or not math.isfinite(value):
        raise ConfigError(
            f"`{key}` must be a finite number of seconds greater than 0; "
            f"found {shown_value(value)}",
            (key,),
        )
    return float(value)


def _policies(value: Any, mistakes: _Mistakes) -> dict[str, Policy]:
    if value is None:
        return {}
    with mistakes.gathered():
        if not isinstance(value, dict):
            raise ConfigError(
                "`on_disconnect` must map names of hooks to allow, deny or error; "
                f"found {shown_value(value)}",
                ("on_disconnect",),
            )
        for name, policy in value.items():
            with mistakes.gathered():
                _check_policy(name, policy)
        return {str(name): cast(Policy, policy) for name, policy in value.items()}
    return {}


def _check_policy(name: Any, policy: Any) -> None:
    where = ("on_disconnect", str(name))
    if name not in HOOKS:
        raise ConfigError(f"there is no hook {name!r}{_suggestion(name, HOOKS)}", where)
    # YAML 1.1 reads words such as `on`, `off` and `no` as booleans, so none of them is a policy.
    if policy not in _POLICIES:
        raise ConfigError(f"expected allow, deny or error; found {shown_value(policy)}", where)
    if policy == "deny" and HOOKS[name].deny is None:
        raise ConfigError(
            f"{name} has no answer that denies; expected allow (as if no module had an "
            "opinion) or error (as if a module had failed)",
            where,
        )


def _suggestion(name: Any, known: Any) -> str:
    close = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
