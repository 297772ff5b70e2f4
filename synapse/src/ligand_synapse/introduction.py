"""Learns from `ligand serve` which modules it runs and what they register.

Synapse accepts registrations only while it constructs a module, before the reactor runs. So the
first introduction happens synchronously, on a plain blocking socket.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import attr
from synapse.module_api import ModuleApi

from .config import Address, UnixAddress
from .errors import Disconnected, LigandError, decode_error
from .framing import FrameError, FrameParser, frame
from .remote_hook import RemoteHook
from .services import SERVICES

PROTOCOL_VERSION = 3

_RETRY_SECONDS = 0.1


@attr.s(auto_attribs=True, frozen=True, slots=True)
class LoginType:
    type: str
    fields: tuple[str, ...]


@attr.s(auto_attribs=True, frozen=True, slots=True)
class WebPath:
    path: str
    methods: tuple[str, ...]


@attr.s(auto_attribs=True, frozen=True, slots=True)
class ModulesInfo:
    """What `ligand serve` reports about its modules."""

    ligand: str
    instance: str
    """An id that changes each time `ligand serve` starts."""
    modules: tuple[str, ...]
    hooks: dict[str, RemoteHook]
    """By Synapse's name for the hook."""
    login_types: frozenset[LoginType]
    web_paths: frozenset[WebPath]

    @classmethod
    def of(cls, answer: Any) -> "ModulesInfo":
        """Parses the answer to `ligand/initialize`.

        Raises LigandError if it's malformed or from another protocol version.
        """
        with _known_form():
            if answer["protocol"] != PROTOCOL_VERSION:
                raise LigandError(
                    f"ligand serve speaks version {answer['protocol']} of the protocol, and this "
                    f"package speaks version {PROTOCOL_VERSION}: install versions of ligand and "
                    "ligand-synapse that belong together"
                )
            return cls(
                ligand=answer["ligand"],
                instance=answer["instance"],
                modules=tuple(module["id"] for module in answer["modules"]),
                hooks=_by_name(answer["hooks"]),
                login_types=frozenset(
                    LoginType(offer["type"], tuple(offer["fields"]))
                    for offer in answer["loginTypes"]
                ),
                web_paths=frozenset(
                    WebPath(served["path"], tuple(served["methods"]))
                    for served in answer["webPaths"]
                ),
            )

    def started(self, hooks: Any) -> "ModulesInfo":
        """Returns a copy with the hooks from the answer to `ligand/start` or from `ligand/hooks`.

        They can differ from the introduction, because a module's constructor may replace a callback
        by one that uses more arguments, and because a reload replaces modules. Raises LigandError
        if the list is malformed.
        """
        with _known_form():
            return attr.evolve(self, hooks=_by_name(hooks))


def _by_name(hooks: list[dict[str, Any]]) -> dict[str, RemoteHook]:
    return {hook["referenceName"]: RemoteHook.of(hook) for hook in hooks}


@contextmanager
def _known_form() -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LigandError(
            f"ligand serve introduced its modules in a form that is not known: {error!r}. Install "
            "versions of ligand and ligand-synapse that belong together"
        ) from error


def homeserver_info(api: ModuleApi, software: str, call_timeout: float) -> dict[str, Any]:
    """Returns the parameters of `ligand/initialize`, which describe this Synapse process.

    Args:
        call_timeout: seconds that a hook call may take.
    """
    return {
        "protocol": PROTOCOL_VERSION,
        "software": software,
        "serverName": api.server_name,
        "publicBaseUrl": api.public_baseurl,
        "emailAppName": api.email_app_name,
        "workerName": api.worker_name,
        "workerApp": api.worker_app,
        "customTemplateDir": api.custom_template_dir,
        "runsBackgroundTasks": api.should_run_background_tasks(),
        "services": sorted(SERVICES),
        "callTimeoutMs": round(call_timeout * 1000),
    }


def introduce(
    address: Address,
    homeserver: dict[str, Any],
    timeout: float,
    check: Callable[[], None] = lambda: None,
) -> ModulesInfo:
    """Asks `ligand serve` for its modules, retrying until it's up. Blocks.

    Args:
        timeout: seconds for all attempts together.
        check: called before each attempt; raises if waiting is pointless.

    Raises:
        Disconnected: `ligand serve` isn't there, can't be accessed, or doesn't answer in time.
        LigandError: `ligand serve` refused, or something else is listening at the address.
    """
    deadline = time.monotonic() + timeout
    while True:
        check()
        try:
            return _introduce_once(address, homeserver, deadline)
        except PermissionError as error:
            raise Disconnected(
                f"Synapse may not use {address}: {error}. The user that runs Synapse must be in "
                "the group of the socket"
            ) from error
        except FrameError as error:
            raise LigandError(f"what listens at {address} isn't ligand serve: {error}") from error
        except TimeoutError as error:
            raise Disconnected(
                f"ligand serve at {address} did not answer in {timeout} s"
            ) from error
        except OSError as error:
            # `ligand serve` may still be starting.
            if time.monotonic() + _RETRY_SECONDS > deadline:
                raise Disconnected(
                    f"ligand serve cannot be reached at {address} within {timeout} s: {error}. "
                    "Is it running, and with this address?"
                ) from error
            time.sleep(_RETRY_SECONDS)


def _introduce_once(address: Address, homeserver: dict[str, Any], deadline: float) -> ModulesInfo:
    # Connects even if time ran out meanwhile, because the reason tells more than that it did.
    with _connect(address, max(deadline - time.monotonic(), _RETRY_SECONDS)) as connection:
        request = {"jsonrpc": "2.0", "id": 1, "method": "ligand/initialize", "params": homeserver}
        connection.sendall(frame(request))
        parser = FrameParser()
        while True:
            connection.settimeout(_remaining(deadline))
            data = connection.recv(65536)
            if not data:
                raise ConnectionResetError(
                    "the connection ended before the modules were introduced"
                )
            for message in parser.feed(data):
                if message.get("id") != 1:
                    continue
                error = message.get("error")
                if isinstance(error, dict):
                    raise decode_error(error)
                return ModulesInfo.of(message.get("result"))


def _connect(address: Address, timeout: float) -> socket.socket:
    if not isinstance(address, UnixAddress):
        return socket.create_connection((address.host, address.port), timeout)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(address.path)
    except BaseException:
        connection.close()
        raise
    return connection


def _remaining(deadline: float) -> float:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining
