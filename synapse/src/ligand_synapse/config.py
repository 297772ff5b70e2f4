"""The part of homeserver.yaml that is ours."""

import difflib
from pathlib import Path
from typing import Any, Literal, cast

import attr
from synapse.config import ConfigError

from .hooks import HOOKS

Policy = Literal["allow", "deny", "error"]

_POLICIES = ("allow", "deny", "error")
_KEYS = ("socket", "command", "connect_timeout", "call_timeout", "on_disconnect")


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
    """How to start it; None when somebody else does."""
    connect_timeout: float
    """Seconds to wait for it while Synapse starts."""
    call_timeout: float
    """Seconds that a hook, or a request of a web resource, may take."""
    on_disconnect: dict[str, Policy]
    """What a hook answers while nobody can be asked, by its name; `error` where it is not named."""


def parse_config(config: Any) -> Config:
    """Raises ConfigError, which says what was found, what was expected, and where."""
    if not isinstance(config, dict):
        raise ConfigError(f"expected an object with the key `socket`, found {config!r}")
    for key in config:
        if key not in _KEYS:
            raise ConfigError(f"unknown key {key!r}{_suggestion(key, _KEYS)}", (str(key),))
    return Config(
        address=_address(config.get("socket")),
        command=_command(config.get("command")),
        connect_timeout=_seconds(config, "connect_timeout"),
        call_timeout=_seconds(config, "call_timeout"),
        on_disconnect=_policies(config.get("on_disconnect")),
    )


def _address(value: Any) -> Address:
    expected = (
        "`socket` must say where `ligand serve` listens: unix:/path, /path, or tcp:127.0.0.1:port"
    )
    if not isinstance(value, str):
        raise ConfigError(f"{expected}; found {value!r}", ("socket",))
    if value.startswith("tcp:"):
        host, _, port = value.removeprefix("tcp:").rpartition(":")
        if host not in ("127.0.0.1", "::1", "[::1]", "localhost"):
            raise ConfigError(
                f"{expected}. A port is that of this machine alone, since nothing protects it; "
                f"found {value!r}",
                ("socket",),
            )
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise ConfigError(f"{expected}; found {value!r}", ("socket",))
        return TcpAddress(host.strip("[]"), int(port))
    path = value.removeprefix("unix:")
    if not Path(path).is_absolute():
        raise ConfigError(f"{expected}, with an absolute path; found {value!r}", ("socket",))
    if len(path.encode()) > 107:
        raise ConfigError(f"the path of `socket` is longer than 107 bytes: {path}", ("socket",))
    return UnixAddress(path)


def _command(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise ConfigError(
            f"`command` must be a list of texts, such as [ligand, serve, modules.yaml, --listen, "
            f"unix:/run/ligand/ligand.sock]; found {value!r}",
            ("command",),
        )
    return tuple(value)


def _seconds(config: dict[str, Any], key: str) -> float:
    value = config.get(key, 10)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ConfigError(
            f"`{key}` must be a number of seconds greater than 0; found {value!r}", (key,)
        )
    return float(value)


def _policies(value: Any) -> dict[str, Policy]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(
            f"`on_disconnect` must map names of hooks to allow, deny or error; found {value!r}",
            ("on_disconnect",),
        )
    for name, policy in value.items():
        where = ("on_disconnect", str(name))
        if name not in HOOKS:
            raise ConfigError(f"there is no hook {name!r}{_suggestion(name, HOOKS)}", where)
        # YAML 1.1 has more words for true and false than one thinks of; these three are none.
        if policy not in _POLICIES:
            raise ConfigError(f"expected allow, deny or error; found {policy!r}", where)
        if policy == "deny" and HOOKS[name].deny is None:
            raise ConfigError(
                f"{name} has no answer that denies; expected allow (as if no module had an "
                "opinion) or error (as if a module had failed)",
                where,
            )
    return {str(name): cast(Policy, policy) for name, policy in value.items()}


def _suggestion(name: Any, known: Any) -> str:
    close = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
