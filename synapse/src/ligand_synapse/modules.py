"""The Synapse module that `modules:` in homeserver.yaml names."""

import inspect
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, cast
from weakref import WeakKeyDictionary

from synapse.module_api import ModuleApi
from twisted.internet import reactor
from twisted.internet.interfaces import IReactorCore
from twisted.internet.threads import deferToThread

from .background_slot import BackgroundUpdateSlot
from .bridge import Bridge
from .calls_ahead import CallsAhead
from .command import Command
from .config import Address, Config, listens_elsewhere, parse_config
from .connection import Connection
from .delegated_auth import check_delegated, is_delegated
from .errors import LigandError
from .heartbeat import Heartbeat, may_be_killed
from .hooks import HOOKS, Hook
from .introduction import LoginType, ModulesInfo, homeserver_info, introduce
from .shield import Unshielded
from .supported import SYNAPSE_VERSION, warn_of_newer
from .web import WebResource

logger = logging.getLogger(__name__)

# The one hook for which Synapse takes a callback per login type.
AUTH_CHECKERS = "auth_checkers"
# The one hook that Synapse calls for each event of a list.
OF_EACH_EVENT = "add_field_to_unsigned_callback"

Callback = Callable[..., Any]

# The sockets in use, by ModuleApi: all entries in one Synapse's `modules` share that.
_in_use: WeakKeyDictionary[ModuleApi, set[Address]] = WeakKeyDictionary()


class LigandModules:
    """A Synapse module that stands for all the TypeScript modules of one `ligand serve`."""

    @staticmethod
    def parse_config(config: dict[str, Any]) -> Config:
        return parse_config(config)

    def __init__(self, config: Config, api: ModuleApi) -> None:
        """Connects to `ligand serve` and registers its modules' hooks with Synapse. Blocks.

        Raises Disconnected if `ligand serve` isn't up in time, and LigandError if it refuses. Both
        keep Synapse from starting.
        """
        warn_of_newer()
        self._api = api
        self._address = config.address
        self._on_disconnect = config.on_disconnect
        _claim(api, config.address)
        homeserver = homeserver_info(api, f"Synapse {SYNAPSE_VERSION}", config.call_timeout)
        self._command = self._start_command(config)
        try:
            check = self._command.check if self._command else lambda: None
            self._registered = introduce(config.address, homeserver, config.connect_timeout, check)
            self._instance = self._registered.instance
            connection = Connection(api, config, homeserver, self._compare, self._changed)
            self._register(Bridge(config, connection, self._registered.hooks))
        except BaseException:
            if self._command:
                self._command.stop()
            raise
        core = cast(IReactorCore, reactor)
        core.addSystemEventTrigger("before", "shutdown", connection.stop)
        core.callWhenRunning(
            lambda: api.run_as_background_process("ligand_connection", connection.run)
        )
        if self._command and may_be_killed(self._command.arguments):
            command = self._command
            heartbeat = Heartbeat(lambda: connection.peer, command.kill)
            core.callWhenRunning(heartbeat.start)

    def __str__(self) -> str:
        return f"{type(self).__name__} at {self._address}: {', '.join(self._registered.modules)}"

    def _start_command(self, config: Config) -> Command | None:
        if config.command is None:
            return None
        # Workers share the `ligand serve` that the main process starts.
        if self._api.worker_app is not None:
            logger.info("`command` is left to the main process; this is a worker")
            return None
        elsewhere = listens_elsewhere(config)
        if elsewhere is not None:
            logger.warning(
                "`command` listens on %s, and `socket` is %s: Synapse can't find it there",
                elsewhere,
                config.address,
            )
        command = Command(config.command)
        # Twisted waits for Deferreds only in the "before" phase.
        cast(IReactorCore, reactor).addSystemEventTrigger(
            "before", "shutdown", lambda: deferToThread(command.stop)
        )
        command.start()
        return command

    def _register(self, bridge: Bridge) -> None:
        callbacks: dict[str, dict[str, Any]] = defaultdict(dict)
        for name in self._registered.hooks:
            hook = self._known(name)
            if hook is not None:
                callbacks[hook.register][name] = self._registration(bridge, hook)
        if is_delegated(self._api):
            check_delegated(name for names in callbacks.values() for name in names)
        for register, of_category in callbacks.items():
            getattr(self._api, register)(**of_category)
        for served in self._registered.web_paths:
            self._api.register_web_resource(served.path, WebResource(bridge))
        self._check_policies(name for names in callbacks.values() for name in names)
        logger.info(
            "%s: registered %s",
            self,
            ", ".join(sorted(name for names in callbacks.values() for name in names)) or "no hook",
        )

    def _registration(self, bridge: Bridge, hook: Hook) -> Callback | dict[Any, Callback]:
        """Returns what to register for a hook: a callback, or one for each login type."""
        if hook.name == OF_EACH_EVENT:
            ahead = CallsAhead(bridge, hook)
            ahead.watch(self._api)
            return _named(hook.name, hook, lambda event: Unshielded(ahead.ask(event)))
        if hook.name != AUTH_CHECKERS:
            return _callback(bridge, hook)
        return {
            (offer.type, offer.fields): _auth_checker(bridge, hook, offer)
            for offer in self._registered.login_types
        }

    def _check_policies(self, registered: Iterable[str]) -> None:
        unused = self._on_disconnect.keys() - set(registered)
        if unused:
            logger.warning(
                "%s: `on_disconnect` names hooks that no module has: %s",
                self,
                ", ".join(sorted(unused)),
            )

    def _known(self, name: str) -> Hook | None:
        """Returns the hook if this version of Synapse has it; otherwise warns."""
        hook = HOOKS.get(name)
        register = hook and getattr(self._api, hook.register, None)
        if hook and register and name in inspect.signature(register).parameters:
            return hook
        logger.warning(
            "Synapse %s has no hook %s: the modules that use it are not asked there",
            SYNAPSE_VERSION,
            name,
        )
        return None

    def _compare(self, info: ModulesInfo) -> None:
        """Called after each introduction. Warns if the modules changed since Synapse started.

        Synapse accepts registrations only while it starts, so the changes need a restart.
        """
        if info.instance == self._instance:
            return
        self._instance = info.instance
        logger.info("ligand serve was restarted")
        self._warn(info)

    def _changed(self, info: ModulesInfo) -> None:
        """Called after each reload of the modules."""
        logger.info("ligand serve reloaded its modules: %s", ", ".join(info.modules) or "none")
        self._warn(info)

    def _warn(self, info: ModulesInfo) -> None:
        """Warns of what Synapse has to be restarted for."""
        new = _things(info) - _things(self._registered)
        gone = _things(self._registered) - _things(info)
        if new:
            logger.warning(
                "The modules offer something that Synapse didn't register when it started. "
                "Restart Synapse to use it: %s",
                ", ".join(sorted(new)),
            )
        if gone:
            logger.warning(
                "The modules no longer offer something that Synapse registered when it started. "
                "Until Synapse restarts, these count as having no opinion: %s",
                ", ".join(sorted(gone)),
            )


def _claim(api: ModuleApi, address: Address) -> None:
    """Raises LigandError if another entry uses the socket, because its modules would run twice."""
    addresses = _in_use.setdefault(api, set())
    if address in addresses:
        raise LigandError(
            f"two entries of `modules` have the socket {address}: its modules would be asked "
            "twice. Remove one of them, or name another socket"
        )
    addresses.add(address)


def _things(info: ModulesInfo) -> set[str]:
    return {
        *(f"hook {name}" for name in info.hooks if name != AUTH_CHECKERS),
        *(f"login type {offer.type} ({', '.join(offer.fields)})" for offer in info.login_types),
        *(f"web path {served.path}" for served in info.web_paths),
    }


def _callback(bridge: Bridge, hook: Hook) -> Callback:
    if hook.name == "on_update":
        # Synapse needs the context manager immediately, not an awaitable of one.
        return _named(hook.name, hook, lambda *args: BackgroundUpdateSlot(bridge, hook, args))

    return _named(hook.name, hook, lambda *args: Unshielded(bridge.ask(hook, args)))


def _auth_checker(bridge: Bridge, hook: Hook, login_type: LoginType) -> Callback:
    return _named(
        f"{hook.name}[{login_type.type}]",
        hook,
        lambda *args: Unshielded(bridge.check_auth(hook, login_type, args)),
    )


def _named(name: str, hook: Hook, callback: Callback) -> Callback:
    """Names a callback for Synapse's metrics and logs, and sets its signature.

    Synapse counts a callback's parameters to support modules that take fewer.
    """
    callback.__name__ = name
    callback.__qualname__ = f"LigandModules.{name}"
    parameters = [
        inspect.Parameter(f"arg{position}", inspect.Parameter.POSITIONAL_ONLY)
        for position in range(hook.arity)
    ]
    callback.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return callback
