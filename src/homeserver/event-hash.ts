import { createHash } from "node:crypto";
import type { EventId } from "../matrix/identifiers.js";
import type { RoomEventDict } from "../matrix/room-event.js";
import { canonicalJson } from "./canonical-json.js";
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
