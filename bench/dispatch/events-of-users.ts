import { RoomEvent } from "ligand";

/** Users and rooms of the events: a hash is kept, and made anew for a user who wasn't there for long. */
const USERS = 200;

/** An event of about one KB of JSON for each of many users, in a room of their own. */
export function eventsOfUsers(): readonly RoomEvent[] {
  return Array.from({ length: USERS }, (_, user) => eventOf(user));
}

function eventOf(user: number): RoomEvent {
  return new RoomEvent({
    event_id: `$h29iv0s8sPcgVkxRrgBTvPQMM2oHQ6dAaiAkVqDT${user}`,
    room_id: `!jEsUZKDJdhlrceRyVU${user}:example.org`,
    type: "m.room.message",
    sender: `@alice${user}:example.org`,
    content: { msgtype: "m.text", body: "A message of usual length, as people write them. ".repeat(8) },
    origin_server_ts: 1_700_000_000_000,
    depth: 1234,
    hashes: { sha256: "thisHashCoversAllFieldsInCaseThisIsRedacted" },
    signatures: { "example.org": { "ed25519:key_version": "a".repeat(86) } },
    prev_events: ["$aprevevent00000000000000000000000000000000a", "$aprevevent00000000000000000000000000000000b"],
    auth_events: ["$anauthevent000000000000000000000000000000a", "$anauthevent000000000000000000000000000000b"],
    unsigned: { age: 1234 },
  });
}
