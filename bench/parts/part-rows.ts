import { LRUCache } from "lru-cache";
import { Cached, Module, RoomEvent, SpamChecker, type RoomEventDict } from "ligand";
import { deepFreeze } from "#src/matrix/json.js";
import { startQuietly } from "../dispatch/peers.js";
import { interleave, type Effort } from "../interleave.js";
import { ratioRow, type Row } from "../row.js";
import { ratioOf } from "../statistics.js";
import { hangingRows } from "./hanging-rows.js";
import { metricsRows } from "./metrics-rows.js";

/** What surrounds a dispatch: events, copies, caches, metrics, and dispatches that hang. */
export async function partRows(effort: Effort): Promise<Row[]> {
  return [...(await eventRows(effort)), ...(await cacheRows(effort)), ...metricsRows(), ...hangingRows()];
}

/** An event of about one KB of JSON. */
const DICT: RoomEventDict = {
  event_id: "$h29iv0s8sPcgVkxRrgBTvPQMM2oHQ6dAaiAkVqDT0wY",
  room_id: "!jEsUZKDJdhlrceRyVU:example.org",
  type: "m.room.message",
  sender: "@alice:example.org",
  content: {
    msgtype: "m.text",
    body: "A message of usual length, as people write them to each other in rooms. ".repeat(3),
    format: "org.matrix.custom.html",
    formatted_body: "<b>A message</b> of usual length",
    "m.mentions": { user_ids: ["@bob:example.org", "@carol:example.org"] },
  },
  origin_server_ts: 1_700_000_000_000,
  depth: 1234,
  hashes: { sha256: "thisHashCoversAllFieldsInCaseThisIsRedacted" },
  signatures: { "example.org": { "ed25519:key_version": "a".repeat(86) } },
  prev_events: ["$aprevevent00000000000000000000000000000000a", "$aprevevent00000000000000000000000000000000b"],
  auth_events: ["$anauthevent000000000000000000000000000000a", "$anauthevent000000000000000000000000000000b"],
  unsigned: { age: 1234 },
};

async function eventRows(effort: Effort): Promise<Row[]> {
  const group = "events and copies, × structuredClone and a deep freeze";
  const event = new RoomEvent(DICT);
  const { host, copies } = await copyingHost();
  const samples = await interleave(
    {
      base: () => deepFreeze(structuredClone(DICT)),
      event: () => new RoomEvent(DICT),
      dict: () => event.getDict(),
      // One dispatch has as many copies as modules.
      parameter: () => host.hooks.spamChecker.userMayCreateRoom("@alice:example.org", ROOM_CONFIG),
      config: () => {
        for (let copy = 0; copy < copies; copy++) deepFreeze(structuredClone(ROOM_CONFIG));
      },
    },
    undefined,
    effort,
  );
  await host.stop();
  return [
    ratioRow(group, "new RoomEvent of 1 KB", ratioOf(samples.event, samples.base), 0.28),
    ratioRow(group, "getDict", ratioOf(samples.dict, samples.base), 0.22),
    ratioRow(group, "userMayCreateRoom, 10 callbacks", ratioOf(samples.parameter, samples.config), 0.2),
  ];
}

const ROOM_CONFIG = {
  preset: "private_chat",
  name: "A room",
  invite: ["@bob:example.org", "@carol:example.org"],
  initial_state: [
    { type: "m.room.guest_access", state_key: "", content: { guest_access: "can_join" } },
    { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } },
  ],
  power_level_content_override: { users: { "@alice:example.org": 100 }, events: { "m.room.name": 50 } },
};

async function copyingHost() {
  const classes = Array.from({ length: 10 }, () => {
    @Module()
    class Creator {
      @SpamChecker.userMayCreateRoom()
      check() {
        return "NOT_SPAM" as const;
      }
    }
    return Creator;
  });
  return { host: await startQuietly(classes), copies: classes.length };
}

async function cacheRows(effort: Effort): Promise<Row[]> {
  class Users {
    @Cached()
    async nameOf(userId: string): Promise<string> {
      return `name of ${userId}`;
    }
  }
  const users = new Users();
  const lru = new LRUCache<string, Promise<string>>({ max: 1000 });
  const ids = Array.from({ length: 500 }, (_, index) => `@user${index}:example.org`);
  for (const id of ids) lru.set(id, users.nameOf(id));
  let turn = 0;
  const samples = await interleave(
    {
      base: () => lru.get(ids[turn++ % ids.length]!),
      cached: () => users.nameOf(ids[turn++ % ids.length]!),
    },
    undefined,
    effort,
  );
  return [ratioRow("caches", "hit of @Cached, × lru-cache", ratioOf(samples.cached, samples.base), 3.5)];
}
