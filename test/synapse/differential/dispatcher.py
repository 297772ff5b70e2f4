"""Runs callbacks in the dispatchers of an installed Synapse.

Reads one run per line of JSON from stdin, and writes one outcome per line to stdout. The first line
of output has Synapse's version.

A run is `{category, hook, args, modules, cancelAt?}`. Each module is a list of callbacks:

    hook         the name of the hook
    gives        what the callback returns or throws
    later?       whether it does so asynchronously
    declares?    how many parameters it declares
    mutates?     the argument that it changes
    identifies?  the argument that it checks for being a copy
    options?     the arguments of its registration

`cancelAt` cancels the request while the call with that number is pending. An outcome is `{result |
error | refused, called, loads, args}`.
"""

from __future__ import annotations

import inspect
import json
import logging
import sys
from importlib.metadata import version
from typing import Any

from synapse.api.errors import ModuleFailedException, SynapseError
from synapse.logging.context import (  # type: ignore[attr-defined]  # re-exports the first
    LoggingContext,
    PreserveLoggingContext,
    make_deferred_yieldable,
)
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred

from hooks import Homeserver, category_of
from values import Callback, decode, encode, error_of


class Run:
    def __init__(self, home: Homeserver, description: dict[str, Any]) -> None:
        self.hook: str = description["hook"]
        self.args = decode(description["args"])
        self.cancel_at: int | None = description.get("cancelAt")
        self.called: list[dict[str, Any]] = []
        self.thrown: list[Exception] = []
        self.pending: list[tuple[int, Deferred[None]]] = []
        self.home = home
        self.home.begin()
        self.category = category_of(description["category"], self.home)
        self.modules = description["modules"]

    def outcome(self) -> dict[str, Any]:
        try:
            for index, module in enumerate(self.modules):
                self.category.register([(spec, self.callback(index, spec)) for spec in module])
        except (RuntimeError, TypeError):
            return {"refused": True}
        with LoggingContext(name="differential", server_name="example.org"):
            ended = self.dispatch()
        return {
            **ended,
            "called": self.called,
            "loads": self.home.loads,
            "args": encode(self.args),
        }

    def dispatch(self) -> dict[str, Any]:
        ended: list[dict[str, Any]] = []

        async def dispatch() -> None:
            try:
                result = await self.category.ask(self.hook, self.args)
                ended.append({"result": encode(result)})
            except Exception as error:
                ended.append({"error": self.describe(error)})

        request = ensureDeferred(dispatch())
        while not ended:
            call, settled = self.pending.pop(0)
            with PreserveLoggingContext():
                if call == self.cancel_at:
                    request.cancel()
                    request.cancel()
                settled.callback(None)
        return ended[0]

    def callback(self, module: int, spec: dict[str, Any]) -> Callback:
        def begin(args: tuple[Any, ...]) -> int:
            call = len(self.called)
            seen = {"module": module, "hook": spec["hook"], "args": [encode(arg) for arg in args]}
            if "identifies" in spec:
                position = spec["identifies"]
                seen["copied"] = args[position] is not self.args[position]
            self.called.append(seen)
            if "mutates" in spec:
                mutate(args[spec["mutates"]])
            return call

        def settle() -> Any:
            gives = spec["gives"]
            if isinstance(gives, dict) and gives.get("$") == "throw":
                error = error_of(gives)
                self.thrown.append(error)
                raise error
            return decode(gives)

        async def later(*args: Any) -> Any:
            call = begin(args)
            if spec.get("later"):
                settled: Deferred[None] = Deferred()
                self.pending.append((call, settled))
                await make_deferred_yieldable(settled)
            return settle()

        def at_once(*args: Any) -> Any:
            begin(args)
            return settle()

        callback: Callback = at_once if spec["hook"] == "onUpdate" else later
        # Synapse passes some callbacks only as many arguments as they declare.
        declares = spec.get("declares", len(self.args))
        parameters = [
            inspect.Parameter(f"a{index}", inspect.Parameter.POSITIONAL_ONLY)
            for index in range(declares)
        ]
        setattr(callback, "__signature__", inspect.Signature(parameters))  # noqa: B010
        return callback

    def describe(self, error: Exception) -> dict[str, Any]:
        own = next((i for i, thrown in enumerate(self.thrown) if thrown is error), None)
        if isinstance(error, SynapseError):
            body = error.error_dict(None)
            if own is None:
                # Ligand doesn't promise the same wording as Synapse's own errors.
                del body["error"]
            return {"kind": "matrix", "own": own, "status": int(error.code), "body": body}
        if isinstance(error, CancelledError):
            return {"kind": "cancelled", "own": own}
        if isinstance(error, ModuleFailedException):
            return {"kind": "moduleFailed", "own": own}
        return {"kind": "ordinary", "own": own}


def mutate(value: Any) -> None:
    if isinstance(value, dict):
        for member in value.values():
            mutate(member)
        value["mutated"] = True


def main() -> None:
    logging.disable(logging.CRITICAL)
    home = Homeserver()
    print(json.dumps({"version": version("matrix-synapse")}), flush=True)
    for line in sys.stdin:
        print(json.dumps(Run(home, json.loads(line)).outcome()), flush=True)


if __name__ == "__main__":
    main()
