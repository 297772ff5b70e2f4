import type { Logform } from "winston";
import { REDACTED } from "../errors/redact.js";
import { isSecretKey, redactText } from "../errors/secrets.js";

/** The depth, in levels, to which a line's data is written. */
const DEEPEST = 8;
/** How much of a string is scanned and written, in characters. */
const LONGEST_READ = 262_144;
const LONGEST_WRITTEN = 16_384;
/** Replaces a value that throws when it's read. */
const UNREADABLE = "[unreadable]";

/**
 * A winston format that redacts the values of keys that name a secret, at every depth: `password`, `access_token`,
 * `clientSecret`, `Authorization` and the like; and, in strings, `access_token=…`, `Bearer …`, `{"password":"…"}` and
 * `postgres://user:…@host`. It first turns errors among the data into plain objects, so that their contents are covered,
 * too. The logged objects themselves don't change.
 *
 * @public
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
  // The data again, for formats that put it into the message's text.
  if (SPLAT in redacted) redacted[SPLAT] = redactValue(redacted[SPLAT], []);
  return redacted as Logform.TransformableInfo;
}

const SPLAT = Symbol.for("splat");

function redactMembers(value: object, parents: readonly object[]): Record<string, unknown> {
  const inside = [...parents, value];
  return Object.fromEntries(
    Object.keys(value).map((key) => {
      const member = memberOf(value, key);
      return [redactText(key), isSecret(key, member) ? REDACTED : redactValue(member, inside)];
    }),
  );
}

function memberOf(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return UNREADABLE;
  }
}

/** A line is written whatever a module passes: reading the data must not throw. */
function redactValue(value: unknown, parents: readonly object[]): unknown {
  try {
    return redactReadable(value, parents);
  } catch {
    return UNREADABLE;
  }
}

function redactReadable(value: unknown, parents: readonly object[]): unknown {
  if (typeof value === "string") return shownText(value);
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  // One named `toJSON` would be called when the line is written.
  if (typeof value === "function") return "[function]";
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

/** The members of an error as a plain object: its own, and those that spreading would miss. */
function withErrorMembers(error: Error): object {
  const own = Object.keys(error).map((key) => [key, memberOf(error, key)] as const);
  const hidden = ["name", "message", "stack", "cause"].map((key) => [key, memberOf(error, key)] as const);
  return Object.fromEntries([...hidden.filter(([, member]) => member !== undefined), ...own]);
}

/** The start of a string, without secrets. */
function shownText(text: string): string {
  const redacted = redactText(text.slice(0, LONGEST_READ));
  return redacted.length <= LONGEST_WRITTEN && text.length <= LONGEST_READ
    ? redacted
    : `${redacted.slice(0, LONGEST_WRITTEN)}… (${text.length} characters)`;
}

function isSecret(key: string, value: unknown): boolean {
  const holdsNothing = value === undefined || value === null || typeof value === "boolean";
  return !holdsNothing && isSecretKey(key);
}
