import { createHash } from "node:crypto";
import type { EventId } from "../matrix/identifiers.js";
import type { RoomEventDict } from "../matrix/room-event.js";
import type { RoomVersion } from "../matrix/room-versions.js";
import { canonicalJson } from "./canonical-json.js";
import { domainOf } from "./domain-of.js";
import { redactEvent } from "./redact-event.js";

/** An event with the hash of its content and with its id, where it lacks them. */
export function identified(dict: RoomEventDict, version: RoomVersion): RoomEventDict {
  const hashed = (whole: RoomEventDict) => ({ hashes: { sha256: contentHashOf(whole, version) }, ...whole });
  // An id that is made up is a part of the event; any other one is made of it.
  if (version.eventIds !== "named") return { event_id: eventIdOf(hashed(dict), version), ...hashed(dict) };
  return hashed({ event_id: eventIdOf(dict, version), ...dict });
}

/** The hash that protects the content of an event. (Matrix specification, "Calculating the content hash for an event".) */
export function contentHashOf(dict: RoomEventDict, version: RoomVersion): string {
  const { unsigned: _, signatures: __, hashes: ___, event_id, ...hashed } = dict;
  const whole = version.eventIds === "named" ? { ...hashed, event_id } : hashed;
  return sha256(whole, "base64");
}

/** The id of an event. In rooms of versions 1 and 2 its server makes it up: here it is made of the event, too. */
export function eventIdOf(dict: RoomEventDict, version: RoomVersion): EventId {
  const { unsigned: _, signatures: __, event_id: ___, ...hashed } = redactEvent(dict, version);
  const hash = sha256(hashed, version.eventIds === "base64" ? "base64" : "base64url");
  return version.eventIds === "named" ? `$${hash}:${domainOf(dict.sender)}` : `$${hash}`;
}

/** Without padding. */
function sha256(value: object, encoding: "base64" | "base64url"): string {
  return createHash("sha256").update(canonicalJson(value)).digest(encoding).replaceAll("=", "");
}
