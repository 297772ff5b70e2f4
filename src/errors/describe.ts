/**
 * What kind of value this is, in a few words. Never shows its content, which may not belong in a log; and never throws,
 * whatever the value does when it's read.
 */
export function describe(value: unknown): string {
  try {
    return kindOf(value);
  } catch {
    return `${typeof value === "function" ? "a function" : "an object"} that can't be read`;
  }
}

/** A wrong argument, for a message: as JSON, or what kind of value it is where JSON can't show it. Never throws. */
export function shownArgument(value: unknown): string {
  try {
    return JSON.stringify(value) ?? describe(value);
  } catch {
    return describe(value);
  }
}

/** Stands for a value of another process that can't leave it; strategies take it for what it was there. */
export class UncarriedValue {
  /**
   * @param what as {@link describe} described it there
   * @param isTruthy whether it counted as an answer there
   */
  constructor(
    readonly what: string,
    readonly isTruthy: boolean,
  ) {}
}

function kindOf(value: unknown): string {
  if (value instanceof UncarriedValue) return value.what;
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return value.length === 1 ? "a list of 1 item" : `a list of ${value.length} items`;
  if (value === "") return "an empty string";
  if (typeof value === "string")
    return value.length === 1 ? "a string of 1 character" : `a string of ${value.length} characters`;
  if (typeof value === "object") {
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    return typeof name === "string" && name !== "Object" ? `an instance of ${name}` : "an object";
  }
  return typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}
