import type { Recorded } from "../decisions/decision-record.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import type { UnknownReason } from "./unknown.js";

/** Why a value isn't in a record. */
export type Withholding = Extract<UnknownReason, "hashed" | "left out" | "secret" | "cut" | "uncarried">;

const WITHHELD: ReadonlySet<unknown> = new Set<Withholding>(["hashed", "left out", "secret", "cut", "uncarried"]);

/** What the member `$` of a recorded object says; undefined for plain data. */
export function markOf(value: Recorded | undefined): string | undefined {
  if (!isPlainObject(value)) return undefined;
  const mark = (value as JsonObject)["$"];
  return typeof mark === "string" ? mark : undefined;
}

/** Why a recorded value itself is missing; undefined if it's there, whatever its members are. */
export function withheldBy(value: Recorded | undefined): Withholding | undefined {
  const mark = markOf(value);
  return WITHHELD.has(mark) ? (mark as Withholding) : undefined;
}

/** Whether a recorded value is plain data throughout. */
export function isWhole(value: Recorded): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isWhole);
  if (Object.hasOwn(value, "$")) return false;
  for (const key in value) if (!isWhole(value[key]!)) return false;
  return true;
}
