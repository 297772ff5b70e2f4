import {
  bindService,
  ConfiguredServer,
  remoteHost,
  RoomEvent,
  Server,
  type Hooks,
  type RemoteHost,
} from "#src/index.js";

export const EVENT = new RoomEvent({
  type: "m.room.message",
  event_id: "$event",
  room_id: "!room:synapse.test",
  sender: "@alice:synapse.test",
  content: { msgtype: "m.text", body: "ham" },
  origin_server_ts: 1_700_000_000_000,
  depth: 12,
  auth_events: ["$a", "$b", "$c"],
  prev_events: ["$d"],
  hashes: { sha256: "x".repeat(43) },
  signatures: { "synapse.test": { "ed25519:a_test": "y".repeat(86) } },
  unsigned: { age_ts: 1_700_000_000_000 },
});

const CALLS = 10_000;
const AT_A_TIME = 20;

/** Connects to `ligand serve` as a homeserver in Node does. */
export function homeserverInNode(socket: string): Promise<RemoteHost> {
  const server = new ConfiguredServer({ serverName: "synapse.test" });
  return remoteHost({ address: `unix:${socket}`, services: [bindService(Server, server)] });
}

/** Calls modules until V8 has compiled what answers them: beside a homeserver that takes some minutes. */
export async function warm(socket: string, call: (hooks: Hooks) => unknown): Promise<void> {
  await using host = await homeserverInNode(socket);
  for (let made = 0; made < CALLS; made += AT_A_TIME) {
    await Promise.all(Array.from({ length: AT_A_TIME }, () => call(host.hooks)));
  }
}
