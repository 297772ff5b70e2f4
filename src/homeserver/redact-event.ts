import type { JsonObject } from "../matrix/json.js";
import type { RoomEventDict } from "../matrix/room-event.js";

const KEPT_KEYS = new Set([
  "event_id",
  "type",
  "room_id",
  "sender",
  "state_key",
  "hashes",
  "signatures",
  "depth",
  "prev_events",
  "auth_events",
  "origin_server_ts",
]);

const KEPT_CONTENT: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    "m.room.member": ["membership", "join_authorised_via_users_server"],
    "m.room.join_rules": ["join_rule", "allow"],
    "m.room.power_levels": [
      "ban",
      "events",
      "events_default",
      "invite",
      "kick",
      "redact",
      "state_default",
      "users",
      "users_default",
    ],
    "m.room.history_visibility": ["history_visibility"],
    "m.room.redaction": ["redacts"],
  }),
);

/** An event without the parts that a redaction removes. (Matrix specification, room version 11, "Redactions".) */
export function redactEvent(dict: RoomEventDict): RoomEventDict {
  const kept = Object.fromEntries(Object.entries(dict).filter(([key]) => KEPT_KEYS.has(key)));
  return { ...(kept as unknown as RoomEventDict), content: redactContent(dict.type, dict.content) };
}

function redactContent(type: string, content: JsonObject): JsonObject {
  if (type === "m.room.create") return content;
  const kept = new Set(KEPT_CONTENT.get(type) ?? []);
  return Object.fromEntries(Object.entries(content).filter(([key]) => kept.has(key)));
}
