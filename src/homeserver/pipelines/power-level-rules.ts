import { ParsedUserId } from "../../matrix/identifiers.js";
import { isPlainObject } from "../../matrix/json.js";
import type { RoomEvent } from "../../matrix/room-event.js";
import type { RoomVersion } from "../../matrix/room-versions.js";

const LEVELS = ["users_default", "events_default", "state_default", "ban", "redact", "kick", "invite"];
const MAPS = ["events", "notifications", "users"];

/** A power level as it is written; in rooms before version 10 that is a string or a fraction, too. */
export function levelOr(value: unknown, fallback: number): number {
  // The specification takes fractions for their whole part.
  const level = typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
  return typeof level === "number" && Number.isFinite(level) ? Math.trunc(level) : fallback;
}

/** Why a content isn't valid for `m.room.power_levels`; undefined if it is. */
export function malformedLevels(content: RoomEvent["content"]): string | undefined {
  const wrong = LEVELS.find((key) => content[key] !== undefined && !Number.isSafeInteger(content[key]));
  if (wrong !== undefined) return `${wrong} isn't an integer`;
  for (const key of MAPS) {
    const map = content[key] ?? {};
    if (!isPlainObject(map) || !Object.values(map).every((level) => Number.isSafeInteger(level)))
      return `${key} isn't a map of levels`;
    if (key === "users" && !Object.keys(map).every((name) => ParsedUserId.isValid(name)))
      return "users has a key that isn't a user id";
  }
  return undefined;
}

/**
 * Whether a user of a level may change power levels this way: no setting or removing anything above their own level, and
 * no removing other users' equal levels. (Matrix specification, "Authorization rules", of `m.room.power_levels`.)
 */
export function mayChangeLevels(
  sender: string,
  rank: number,
  before: RoomEvent["content"],
  after: RoomEvent["content"],
  { limitsNotifications }: RoomVersion,
): boolean {
  const mayChange = (old: unknown, next: unknown, isOthers = false) =>
    old === next || (isAtMost(next, rank) && isAtMost(old, isOthers ? rank - 1 : rank));
  return (
    LEVELS.every((key) => mayChange(before[key], after[key])) &&
    MAPS.every((key) => {
      if (key === "notifications" && !limitsNotifications) return true;
      const [old, next] = [mapIn(before, key), mapIn(after, key)];
      return Object.keys({ ...old, ...next }).every((name) =>
        mayChange(old[name], next[name], key === "users" && name !== sender),
      );
    })
  );
}

function mapIn(content: RoomEvent["content"], key: string): Record<string, unknown> {
  const map = content[key];
  return isPlainObject(map) ? map : {};
}

/** A missing level limits nothing. */
function isAtMost(level: unknown, most: number): boolean {
  return levelOr(level, -Infinity) <= most;
}
