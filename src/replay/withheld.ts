import type { Recorded, RecordedMark } from "../decisions/decision-record.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import type { UnknownReason } from "./unknown.js";

/** Why a value isn't in a record. */
export type Withholding = Extract<UnknownReason, "hashed" | "left out" | "secret" | "cut" | "uncarried">;

const WITHHELD: ReadonlySet<unknown> = new Set<Withholding>(["hashed", "left out", "secret", "cut", "uncarried"]);
const CARRIED: ReadonlySet<unknown> = new Set<RecordedMark>(["undefined", "number", "set", "map", "object"]);

/** What the member `$` of a recorded object says; undefined for plain data. */
export function markOf(value: Recorded | undefined): string | undefined {
  if (!isPlainObject(value)) return undefined;
  const mark = (value as JsonObject)["$"];
  return typeof mark === "string" ? mark : undefined;
}

/** Why a recorded value itself is missing; undefined if it's there, whatever its members are. */
export function withheldBy(value: Recorded | undefined): Withholding | undefined {
  const mark = markOf(value);
  if (mark === undefined || CARRIED.has(mark)) return undefined;
  // What isn't known here can't be made of it.
  return WITHHELD.has(mark) ? (mark as Withholding) : "uncarried";
}

/** Why an argument is missing; undefined if it's there. What the hook hasn't always had isn't in older records. */
export function withheldArgument(args: readonly Recorded[], position: number): Withholding | undefined {
  return position < args.length ? withheldBy(args[position]) : "left out";
}

/** Whether a recorded value is plain data throughout. */
export function isWhole(value: Recorded): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isWhole);
  if (Object.hasOwn(value, "$")) return false;
  for (const key in value) if (!isWhole(value[key]!)) return false;
  return true;
}

/** The items of a recorded set, or the pairs of a map; none where a line of a record says something else. */
export function itemsOf(value: Recorded | undefined): readonly Recorded[] {
  const of = isPlainObject(value) ? (value as JsonObject)["of"] : undefined;
  return Array.isArray(of) ? of : [];
}
