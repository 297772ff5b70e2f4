import type { RoomEventDict } from "ligand";

/** An event of about one KB of JSON. */
export const EVENT_DICT: RoomEventDict = {
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
