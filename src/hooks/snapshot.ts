import { isPlainObject } from "../matrix/json.js";

/**
 * A value as it is now: collections and plain objects are copied at every depth. What is frozen is taken to stay as it is, as
 * is what has a class of its own.
 */
export function snapshot(value: unknown, parents: readonly unknown[] = []): unknown {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || parents.includes(value)) return value;
  const within = (member: unknown) => snapshot(member, [...parents, value]);
  if (Array.isArray(value)) return value.map(within);
  if (value instanceof Set) return new Set(Array.from(value, within));
  if (value instanceof Map) return new Map(Array.from(value, ([key, member]) => [within(key), within(member)]));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, within(member)]));
}
