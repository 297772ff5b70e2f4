import { isPlainObject } from "../matrix/json.js";

/** Stands for what can't be copied: a proxy or a getter of a module may throw. */
export const UNREADABLE: unique symbol = Symbol("unreadable");
/** Stands for what's too large to be copied. */
export const TOO_LARGE: unique symbol = Symbol("too large");

/** How many values are copied: a value may be small, and without end when it's followed. */
const MOST = 20_000;

/**
 * A value as it is now: collections and plain objects are copied at every depth. What is frozen is taken to stay as it is, as
 * is what has a class of its own. Never throws.
 */
export function snapshot(value: unknown): unknown {
  const copy = new Copy();
  try {
    return copy.of(value, []);
  } catch {
    return copy.left < 0 ? TOO_LARGE : UNREADABLE;
  }
}

class Copy {
  left = MOST;

  of(value: unknown, parents: readonly unknown[]): unknown {
    if (this.left-- <= 0) throw new RangeError("too large");
    if (typeof value !== "object" || value === null || Object.isFrozen(value) || parents.includes(value)) return value;
    const within = (member: unknown) => this.of(member, [...parents, value]);
    if (Array.isArray(value)) return value.map(within);
    if (value instanceof Set) return new Set(Array.from(value, within));
    if (value instanceof Map) return new Map(Array.from(value, ([key, member]) => [within(key), within(member)]));
    if (!isPlainObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, within(member)]));
  }
}
