import { isPlainObject } from "../matrix/json.js";

/**
 * Whether a value counts as an answer where the reference tests truthiness: null, undefined, false, zero, an empty
 * text, an empty collection and a plain object without keys do not. An instance of another class does.
 */
export function isTruthy(value: unknown): boolean {
  if (!value) return false;
  if (typeof value !== "object") return true;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map || value instanceof Set) return value.size > 0;
  if (ArrayBuffer.isView(value)) return value.byteLength > 0;
  return !isPlainObject(value) || Object.keys(value).length > 0;
}

/** The kind of a value in a few words. Never its content: an answer may hold what no log should. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return value.length === 1 ? "a list of 1 item" : `a list of ${value.length} items`;
  if (value === "") return "an empty text";
  if (typeof value === "string")
    return value.length === 1 ? "a text of 1 character" : `a text of ${value.length} characters`;
  if (typeof value === "object") {
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    return typeof name === "string" && name !== "Object" ? `an instance of ${name}` : "an object";
  }
  return typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}

/** Whether a value is a promise, or behaves like one: a function can, too. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  return typeof (value as { then?: unknown }).then === "function";
}
