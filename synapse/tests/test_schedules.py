import base64
import json
from copy import deepcopy
from itertools import chain
from pathlib import Path
from typing import Any, cast
from unittest.mock import create_autospec

from synapse.logging.context import ContextRequest, run_in_background
from synapse.module_api import ModuleApi
from synapse.module_api.errors import SynapseError
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, succeed
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse import bridge as bridge_module
from ligand_synapse import connection as connection_module
from ligand_synapse.bridge import Bridge
from ligand_synapse.config import parse_config
from ligand_synapse.connection import Connection
from ligand_synapse.errors import Disconnected
from ligand_synapse.framing import FrameParser
from ligand_synapse.hooks import HOOKS
from ligand_synapse.introduction import PROTOCOL_VERSION
from ligand_synapse.peer import Peer

from .log_contexts import context_of

# Recorded by `npm run simulation:record`: what a simulated `ligand serve` sent, and in which order.
RECORDED = json.loads((Path(__file__).parent / "schedules.json").read_text())


async def get_global(params: dict[str, Any]) -> Any:
    user, _type = params["args"]
    return {"of": user.removeprefix("@").partition(":")[0]}


class Replay:
    """Replays a recorded schedule, step by step, against the homeserver's side."""

    def __init__(self) -> None:
        self.transport = StringTransport()
        self.peer = Peer({"ligand/service": get_global})
        self.peer.makeConnection(self.transport)
        self.asked: dict[int, Deferred[Any]] = {}
        self.outcomes: dict[int, list[Any]] = {}

    def do(self, step: dict[str, Any]) -> list[dict[str, Any]]:
        """Performs a step and returns the messages that the homeserver's side wrote."""
        if step["does"] == "ask":
            self.ask(step["id"], step["method"], step["params"])
        elif step["does"] == "cancel":
            self.asked[step["id"]].cancel()
        elif step["does"] == "receive":
            self.peer.dataReceived(base64.b64decode(step["bytes"]))
        else:
            self.peer.connectionLost(Failure(ConnectionLost()))
        written = FrameParser().feed(self.transport.value())
        self.transport.clear()
        return written

    def result(self, answer: dict[str, Any]) -> Any:
        """Returns what the answer's request has to come to."""
        return answer["result"]

    def ask(self, request_id: int, method: str, params: dict[str, Any]) -> None:
        deferred = self.peer.ask(method, params)
        self.asked[request_id] = deferred
        outcomes = self.outcomes.setdefault(request_id, [])
        deferred.addBoth(outcomes.append)


def answers_in(steps: list[dict[str, Any]]) -> dict[int, Any]:
    """Returns the answers that arrived whole, by request id."""
    parser = FrameParser()
    received = [base64.b64decode(step["bytes"]) for step in steps if step["does"] == "receive"]
    messages = [message for piece in received for message in parser.feed(piece)]
    return {message["id"]: message for message in messages if "method" not in message}


def expected_writes(steps: list[dict[str, Any]], cancelled: set[int]) -> list[list[dict[str, Any]]]:
    """Returns what the recorded homeserver wrote at each step. Cancelling a request that's been
    answered writes nothing."""
    return [
        [] if step["does"] == "cancel" and step["id"] not in cancelled else step["writes"]
        for step in steps
    ]


class ReplayedConnection(Connection):
    """Connects to the recorded side, over the replay's transport."""

    def __init__(self, replay: "BridgeReplay", api: ModuleApi, homeserver: dict[str, Any]) -> None:
        config = parse_config({"socket": "/ligand.sock"})
        super().__init__(api, config, homeserver, lambda info: None)
        self._replay = replay

    def _endpoint(self) -> IStreamClientEndpoint:
        return cast(IStreamClientEndpoint, self._replay)


class BridgeReplay(Replay):
    """Replays a recorded schedule against the bridge, as Synapse uses it.

    The requests that open a connection are the bridge's own, and calls of hooks are made through
    `Bridge.ask` with Synapse's arguments.
    """

    def __init__(self) -> None:
        super().__init__()
        self.api = create_autospec(ModuleApi, instance=True)
        self.api.public_baseurl = "https://example.org/"
        self.api.run_as_background_process = lambda _name, work: ensureDeferred(work())
        self.api.account_data_manager.get_global = self.get_global
        self.connection: ReplayedConnection | None = None
        self.bridge: Bridge | None = None

    async def get_global(self, user: str, event_type: str) -> Any:
        return await get_global({"args": [user, event_type]})

    def connect(self, factory: Factory) -> Deferred[Peer]:
        peer = factory.buildProtocol(self.transport.getPeer())
        assert isinstance(peer, Peer)
        self.peer = peer
        peer.makeConnection(self.transport)
        return succeed(peer)

    def do(self, step: dict[str, Any]) -> list[dict[str, Any]]:
        if step["does"] == "lose" and self.connection is not None:
            # It doesn't reconnect: the schedule ends with its connection.
            self.connection.stop()
        return super().do(step)

    def ask(self, request_id: int, method: str, params: dict[str, Any]) -> None:
        if method == "ligand/initialize":
            self.connection = ReplayedConnection(self, self.api, params)
            self.bridge = Bridge(parse_config({"socket": "/ligand.sock"}), self.connection, {})
            ensureDeferred(self.connection.run())
        elif method == "ligand/hook":
            self.ask_hook(request_id, params)

    def result(self, answer: dict[str, Any]) -> Any:
        return answer["result"]["result"]

    def ask_hook(self, request_id: int, params: dict[str, Any]) -> None:
        assert self.bridge is not None
        hook = HOOKS["get_media_config_for_user"]
        asking = self.bridge.ask
        named = params["context"]["requestId"]
        request = ContextRequest(named, "127.0.0.1", "site", None, None, "GET", "/x", "1.1", "a")

        async def in_request() -> Any:
            with context_of(named, request):
                return await asking(hook, tuple(params["args"]))

        deferred = run_in_background(in_request)
        self.asked[request_id] = deferred
        deferred.addBoth(self.outcomes.setdefault(request_id, []).append)

    def kept(self) -> int:
        """How much the bridge keeps for the modules."""
        assert self.connection is not None
        session = self.connection._session
        return 0 if session is None else len(session.handles.kept)


class SchedulesTests(SynchronousTestCase):
    def test_recorded_schedules_have_the_current_version_of_the_protocol(self) -> None:
        self.assertEqual(RECORDED["protocol"], PROTOCOL_VERSION)

    def test_each_request_of_a_recorded_schedule_ends_once_with_its_own_answer(self) -> None:
        seen = set()
        for schedule in RECORDED["schedules"]:
            steps = schedule["steps"]
            replay = Replay()
            cancelled, written = self.replayed(replay, steps)
            self.assertEqual(written, expected_writes(steps, cancelled), schedule["seed"])
            seen |= self.outcomes(replay, steps, cancelled)
        self.assertEqual(seen, {"answered", "refused", "cancelled", "lost"})

    def test_the_bridge_writes_what_the_recorded_homeserver_wrote(self) -> None:
        clock = Clock()
        for module in (bridge_module, connection_module):
            self.patch(module, "clock", clock)
        seen = set()
        for schedule in RECORDED["schedules"]:
            steps = schedule["steps"]
            replay = BridgeReplay()
            with self.assertLogs("ligand_synapse", "INFO"):
                cancelled, written = self.replayed(replay, steps)
            self.assertEqual(replay.kept(), 0)
            expected = deepcopy(list(chain.from_iterable(expected_writes(steps, cancelled))))
            for message in expected:
                if message.get("method") == "ligand/hook":
                    # The recorded homeserver doesn't say where its requests come from.
                    message["params"]["context"]["origin"] = "local"
            self.assertEqual(list(chain.from_iterable(written)), expected, schedule["seed"])
            seen |= self.outcomes(replay, steps, cancelled)
        self.assertEqual(seen, {"answered", "refused", "cancelled", "lost"})

    def replayed(
        self, replay: Replay, steps: list[dict[str, Any]]
    ) -> tuple[set[int], list[list[dict[str, Any]]]]:
        """Replays all steps. Returns which requests were cancelled in time, and what was written
        at each step."""
        cancelled = set()
        written = []
        for step in steps:
            if step["does"] == "cancel" and not replay.outcomes[step["id"]]:
                cancelled.add(step["id"])
            written.append(replay.do(step))
        return cancelled, written

    def outcomes(
        self, replay: Replay, steps: list[dict[str, Any]], cancelled: set[int]
    ) -> set[str]:
        answers = answers_in(steps)
        seen = set()
        for number, outcomes in replay.outcomes.items():
            (outcome,) = outcomes
            seen.add(self.check(replay, outcome, answers.get(number), number in cancelled))
        return seen

    def check(
        self,
        replay: Replay,
        outcome: Any,
        answer: dict[str, Any] | None,
        is_cancelled: bool,
    ) -> str:
        if is_cancelled:
            outcome.trap(CancelledError)
            return "cancelled"
        if answer is None:
            outcome.trap(Disconnected)
            return "lost"
        if "error" in answer:
            outcome.trap(SynapseError)
            self.assertEqual(outcome.value.errcode, answer["error"]["data"]["errcode"])
            return "refused"
        self.assertEqual(outcome, replay.result(answer))
        return "answered"
