import { isPlainObject, type JsonObject } from "../matrix/json.js";
import type { RoomEventDict } from "../matrix/room-event.js";
import type { RoomVersion } from "../matrix/room-versions.js";

/** An event without the parts that a redaction removes in a room of a version. (Matrix specification, "Redactions".) */
export function redactEvent(dict: RoomEventDict, { kept }: RoomVersion): RoomEventDict {
  const skeleton = Object.fromEntries(Object.entries(dict).filter(([key]) => kept.keys.includes(key)));
  const ofType = Object.hasOwn(kept.content, dict.type) ? kept.content[dict.type]! : [];
  const content = ofType === "all" ? dict.content : pick(dict.content, ofType);
  return { ...(skeleton as unknown as RoomEventDict), content };
}

function pick(content: JsonObject, paths: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const path of paths) {
    const [key = "", inner] = path.split(".");
    const value = content[key];
    if (value === undefined) continue;
    if (inner === undefined) picked[key] = value;
    // Where there is nothing to keep, Synapse keeps an empty object, and so the id of the event depends on it.
    else if (isPlainObject(value)) picked[key] = pick(value as JsonObject, [inner]);
  }
  return picked;
}
