import base64
import json
from pathlib import Path
from typing import Any

from synapse.module_api.errors import SynapseError
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from ligand_synapse.errors import Disconnected
from ligand_synapse.framing import FrameParser
from ligand_synapse.introduction import PROTOCOL_VERSION
from ligand_synapse.peer import Peer

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


class SchedulesTests(SynchronousTestCase):
    def test_recorded_schedules_are_of_this_version_of_the_protocol(self) -> None:
        self.assertEqual(RECORDED["protocol"], PROTOCOL_VERSION)

    def test_each_request_of_a_recorded_schedule_ends_once_and_with_its_own_answer(self) -> None:
        seen = set()
        for schedule in RECORDED["schedules"]:
            replay = Replay()
            answers = answers_in(schedule["steps"])
            cancelled = set()
            for step in schedule["steps"]:
                pending = {number for number, outcomes in replay.outcomes.items() if not outcomes}
                if step["does"] == "cancel" and step["id"] in pending:
                    cancelled.add(step["id"])
                written = replay.do(step)
                # Cancelling a request that's been answered writes nothing.
                is_late = step["does"] == "cancel" and step["id"] not in pending
                self.assertEqual(written, [] if is_late else step["writes"], schedule["seed"])
            for number, outcomes in replay.outcomes.items():
                (outcome,) = outcomes
                seen.add(self.check(outcome, answers.get(number), number in cancelled))
        self.assertEqual(seen, {"answered", "refused", "cancelled", "lost"})

    def check(self, outcome: Any, answer: dict[str, Any] | None, is_cancelled: bool) -> str:
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
        self.assertEqual(outcome, answer["result"])
        return "answered"
