import { LRUCache } from "lru-cache";
import { Cached, Module, RoomEvent, SpamChecker } from "ligand";
import { deepFreeze } from "#src/matrix/json.js";
import { EVENT_DICT } from "../dispatch/event-dict.js";
import { interleave, type Effort } from "../interleave.js";
import { ratioRow, type Row } from "../row.js";
import { entriesOf, quietHost } from "../quiet-host.js";
import { ratioOf } from "../statistics.js";
import { hangingRows } from "./hanging-rows.js";
import { metricsRows } from "./metrics-rows.js";

/** What surrounds a dispatch: events, copies, caches, metrics, and dispatches that hang. */
export async function partRows(effort: Effort): Promise<Row[]> {
  return [...(await eventRows(effort)), ...(await cacheRows(effort)), ...metricsRows(), ...hangingRows()];
}

async function eventRows(effort: Effort): Promise<Row[]> {
  const group = "events and copies, × structuredClone and a deep freeze";
  const event = new RoomEvent(EVENT_DICT);
  const classes = creatorClasses();
  await using host = await quietHost({ modules: entriesOf(classes) });
  const samples = await interleave(
    {
      base: () => deepFreeze(structuredClone(EVENT_DICT)),
      event: () => new RoomEvent(EVENT_DICT),
      dict: () => event.getDict(),
      // One dispatch has as many copies as modules.
      parameter: () => host.hooks.spamChecker.userMayCreateRoom("@alice:example.org", ROOM_CONFIG),
      config: () => {
        for (let copy = 0; copy < classes.length; copy++) deepFreeze(structuredClone(ROOM_CONFIG));
      },
    },
    undefined,
    effort,
  );
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

function creatorClasses() {
  return Array.from({ length: 10 }, () => {
    @Module()
    class Creator {
      @SpamChecker.userMayCreateRoom()
      check() {
        return "NOT_SPAM" as const;
      }
    }
    return Creator;
  });
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
