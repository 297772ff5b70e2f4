import { caught } from "./caught.js";
import { redact } from "./redact.js";
import { redactText } from "./secrets.js";

const MOST_CAUSES = 20;

/**
 * An error that shows no secrets in its message, its stack, other strings of its own, and its causes: the error itself
 * where they show none, else a copy of its class.
 *
 * @param error as {@link caught} gives it
 * @param secrets passwords, tokens and the like that are known, beside those that have the form of one
 */
export function withoutSecrets(error: Error, secrets: readonly string[], depth = 0): Error {
  const replaced: PropertyDescriptorMap = {};
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(error))) {
    // Some versions of V8 have `stack` as an accessor.
    const value: unknown = name === "stack" ? error.stack : descriptor.value;
    const safe = withoutSecretsIn(value, name, secrets, depth);
    if (safe !== value) {
      replaced[name] = { value: safe, enumerable: descriptor.enumerable ?? false, writable: true, configurable: true };
    }
  }
  if (Object.keys(replaced).length === 0) return error;
  const own = { ...Object.getOwnPropertyDescriptors(error), ...replaced };
  return Object.create(Object.getPrototypeOf(error) as object, own) as Error;
}

function withoutSecretsIn(value: unknown, name: string, secrets: readonly string[], depth: number): unknown {
  if (typeof value === "string") return redactText(redact(value, secrets));
  if (name !== "cause" || typeof value !== "object" || value === null || depth >= MOST_CAUSES) return value;
  const cause = caught(value);
  const safe = withoutSecrets(cause, secrets, depth + 1);
  return safe === cause ? value : safe;
}
