"""Calls one hook of a `ligand serve` through the bridge, without a Synapse.

For each line `IN_FLIGHT CALLS` on standard input, it makes CALLS calls, IN_FLIGHT at a time, and
prints a JSON list with the duration of each in microseconds.
"""

import json
import sys
import time
from typing import Any, cast

from ligand_synapse.bridge import Bridge
from ligand_synapse.config import UnixAddress, parse_config
from ligand_synapse.connection import Connection, Session, ask
from ligand_synapse.handles import PeerHandles
from ligand_synapse.hooks import HOOKS
from ligand_synapse.introduction import PROTOCOL_VERSION, ModulesInfo
from ligand_synapse.peer import Peer
from ligand_synapse.releases import Releases
from synapse.api.room_versions import RoomVersions
from synapse.events import make_event_from_dict
from synapse.module_api import NOT_SPAM
from twisted.internet import defer, reactor, stdio
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver

HOOK = HOOKS["check_event_for_spam"]
HOMESERVER = {
    "protocol": PROTOCOL_VERSION,
    "software": "bench",
    "serverName": "synapse.test",
    "publicBaseUrl": "http://synapse.test/",
    "emailAppName": "Matrix",
    "workerName": None,
    "workerApp": None,
    "customTemplateDir": None,
    "runsBackgroundTasks": True,
    "services": [],
}
EVENT = make_event_from_dict(
    {
        "type": "m.room.message",
        "room_id": "!room:synapse.test",
        "sender": "@alice:synapse.test",
        "content": {"msgtype": "m.text", "body": "ham"},
        "origin_server_ts": 1_700_000_000_000,
        "depth": 12,
        "auth_events": ["$a", "$b", "$c"],
        "prev_events": ["$d"],
        "hashes": {"sha256": "x" * 43},
        "signatures": {"synapse.test": {"ed25519:a_test": "y" * 86}},
        "unsigned": {"age_ts": 1_700_000_000_000},
    },
    RoomVersions.V11,
)


class Connected:
    """A connection that's always up, with only what a bridge needs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def session(self, timeout: float) -> Session:
        return self._session


async def connect(path: str) -> Bridge:
    config = parse_config({"socket": path})
    assert isinstance(config.address, UnixAddress)
    peer = Peer({})
    handles = PeerHandles(
        "http://synapse.test/",
        lambda *args: ask(peer, *args),
        Releases(peer.tell, cast(IReactorFromThreads, reactor).callFromThread),
        config.call_timeout,
    )
    endpoint = UNIXClientEndpoint(reactor, config.address.path)  # type: ignore[no-untyped-call]
    await endpoint.connect(Factory.forProtocol(lambda: peer))
    info = ModulesInfo.of(await ask(peer, "ligand/initialize", HOMESERVER, 10))
    info = info.started(await ask(peer, "ligand/start", {}, 60))
    connection = cast(Connection, Connected(Session(peer, handles, info)))
    return Bridge(config, connection, info.hooks)


async def measure(bridge: Bridge, in_flight: int, calls: int) -> list[float]:
    took: list[float] = []

    async def ask_again_and_again() -> None:
        for _ in range(calls // in_flight):
            started = time.perf_counter()
            answer = await bridge.ask(HOOK, (EVENT,))
            took.append(round((time.perf_counter() - started) * 1e6, 1))
            assert answer == NOT_SPAM

    await defer.gatherResults(
        [defer.ensureDeferred(ask_again_and_again()) for _ in range(in_flight)]
    )
    return took


class Orders(LineReceiver):
    delimiter = b"\n"

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        in_flight, calls = map(int, line.split())
        done = defer.ensureDeferred(measure(self._bridge, in_flight, calls))
        done.addCallback(lambda took: self.sendLine(json.dumps(took).encode()))
        done.addErrback(fail)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        stop()


def stop() -> None:
    if cast(Any, reactor).running:
        cast(Any, reactor).stop()


def fail(failure: Any) -> None:
    failure.printTraceback()
    stop()


def main() -> None:
    done = defer.ensureDeferred(connect(sys.argv[1]))
    done.addCallback(lambda bridge: stdio.StandardIO(Orders(bridge)))
    done.addErrback(fail)
    cast(Any, reactor).run()


main()
