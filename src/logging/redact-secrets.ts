import type { Logform } from "winston";
import { REDACTED } from "../errors/redact.js";
import { isSecretKey, redactText } from "../errors/secrets.js";

/** Depth (levels) to which data of a log line is written. */
const DEEPEST = 8;

/**
 * A winston format that replaces the values of keys which name a secret, at every depth: `password`, `access_token`,
 * `clientSecret`, `Authorization` and the like; and, in texts, `access_token=…`, `Bearer …`, `{"password":"…"}` and
 * `postgres://user:…@host`. Errors among the data become plain objects first, so that what they carry is covered too. The
 * objects that were logged are left as they are.
 */
export function redactSecrets(): Logform.Format {
  return { transform: (info) => redactInfo(info) };
}

function redactInfo(info: Logform.TransformableInfo): Logform.TransformableInfo {
  const redacted: Record<string | symbol, unknown> = redactMembers(
    info instanceof Error ? withErrorMembers(info) : info,
    [],
  );
  for (const symbol of Object.getOwnPropertySymbols(info)) redacted[symbol] = info[symbol];
  // The data once more, for formats that put it into the text of the message.
  if (SPLAT in redacted) redacted[SPLAT] = redactValue(redacted[SPLAT], []);
  return redacted as Logform.TransformableInfo;
}

const SPLAT = Symbol.for("splat");

function redactMembers(value: object, parents: readonly object[]): Record<string, unknown> {
  const members: [string, unknown][] = Object.entries(value);
  const inside = [...parents, value];
  return Object.fromEntries(
    members.map(([key, member]) => [key, isSecret(key, member) ? REDACTED : redactValue(member, inside)]),
  );
}

function redactValue(value: unknown, parents: readonly object[]): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (parents.includes(value)) return "[circular]";
  if (parents.length >= DEEPEST) return "[deeper]";
  if (Array.isArray(value)) return value.map((item) => redactValue(item, [...parents, value]));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Error) return redactMembers(withErrorMembers(value), [...parents, value]);
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return redactValue((value.toJSON as () => unknown)(), [...parents, value]);
  }
  return redactMembers(value, parents);
}

/** The members of an error as a plain object: those that spreading would leave out, and those of its own. */
function withErrorMembers(error: Error): object {
  const { name, message, stack, cause } = error;
  return Object.assign({ name, message, stack }, cause === undefined ? undefined : { cause }, error);
}

function isSecret(key: string, value: unknown): boolean {
  const holdsNothing = value === undefined || value === null || typeof value === "boolean";
  return !holdsNothing && isSecretKey(key);
}
