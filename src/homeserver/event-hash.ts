import { createHash } from "node:crypto";
import type { EventId } from "../matrix/identifiers.js";
import type { RoomEventDict } from "../matrix/room-event.js";
import { redactEvent } from "./redact-event.js";

/** The hash that protects the content of an event. (Matrix specification, "Calculating the content hash for an event".) */
export function contentHashOf(dict: RoomEventDict): string {
  const { unsigned: _, signatures: __, hashes: ___, event_id: ____, ...hashed } = dict;
  return sha256(hashed, "base64").replaceAll("=", "");
}

/** The id of an event. (Matrix specification, room version 4, "Event IDs".) */
export function eventIdOf(dict: RoomEventDict): EventId {
  const { unsigned: _, signatures: __, event_id: ___, ...hashed } = redactEvent(dict);
  return `$${sha256(hashed, "base64url")}`;
}

function sha256(value: object, encoding: "base64" | "base64url"): string {
  return createHash("sha256").update(canonicalJson(value)).digest(encoding);
}

/** JSON with sorted keys and no spaces. (Matrix specification, "Canonical JSON".) */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
}
