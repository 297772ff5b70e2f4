import { UncarriedValue } from "../errors/describe.js";
import { isPlainObject } from "../matrix/json.js";

/**
 * Whether a value counts as an answer where Synapse tests truthiness: null, undefined, false, zero, an empty
 * string, an empty collection and a plain object without keys don't. An instance of another class does.
 */
export function isTruthy(value: unknown): boolean {
  if (!value) return false;
  if (typeof value !== "object") return true;
  if (value instanceof UncarriedValue) return value.isTruthy;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map || value instanceof Set) return value.size > 0;
  if (ArrayBuffer.isView(value)) return value.byteLength > 0;
  return !isPlainObject(value) || Object.keys(value).length > 0;
}

/** Whether a value is a promise, or behaves like one: a function can, too. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  return typeof (value as { then?: unknown }).then === "function";
}
