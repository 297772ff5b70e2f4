import { caught, cut } from "./caught.js";
import { redact, REDACTED } from "./redact.js";
import { isSecretKey, redactText } from "./secrets.js";

/** How deep to look: causes of causes, data in data. Anything deeper is left out. */
const DEEPEST = 20;
/** How many values to look at in all; what an error holds besides is left out. */
const MOST = 10_000;
/** How many characters of a string to look at; the rest is left out. */
const LONGEST = 65_536;

/**
 * An error without secrets in its message, stack, other members and causes: the error itself if it shows none, otherwise
 * a copy of the same class.
 *
 * @param error as {@link caught} returns it
 * @param secrets known passwords, tokens and the like, besides those recognised by their form
 */
export function withoutSecrets(error: Error, secrets: readonly string[]): Error {
  return copyOfError(error, new Search(secrets), []);
}

/** What is looked for, and how much more is looked at. */
class Search {
  left = MOST;

  constructor(readonly secrets: readonly string[]) {}
}

function copyOfError(error: Error, search: Search, parents: readonly object[]): Error {
  const own = Object.getOwnPropertyDescriptors(error) as Record<string, PropertyDescriptor>;
  let isSame = true;
  for (const [name, descriptor] of Object.entries(own)) {
    // Some versions of V8 make `stack` an accessor.
    const value: unknown = name === "stack" ? error.stack : descriptor.value;
    const safe = safeValue(value, search, [...parents, error]);
    if (safe === value) continue;
    isSame = false;
    own[name] = { value: safe, enumerable: descriptor.enumerable ?? false, writable: true, configurable: true };
  }
  return isSame ? error : (Object.create(Object.getPrototypeOf(error) as object, own) as Error);
}

/** The value itself, if there's no secret in it; what can't be read is left out. */
function safeValue(value: unknown, search: Search, parents: readonly object[]): unknown {
  if (search.left-- <= 0) return undefined;
  try {
    return safeReadable(value, search, parents);
  } catch {
    return undefined;
  }
}

function safeReadable(value: unknown, search: Search, parents: readonly object[]): unknown {
  if (typeof value === "string") return redactText(redact(cut(value, LONGEST), search.secrets));
  if (typeof value !== "object" || value === null || parents.includes(value)) return value;
  if (parents.length >= DEEPEST) return undefined;
  if (value instanceof Error) return copyOfError(caught(value), search, parents);
  if (Array.isArray(value)) return safeItems(value, search, [...parents, value]);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value).slice(0, search.left);
  const members = entries.map(([key, member]) => [
    safeValue(key, search, parents) as string,
    isSecretKey(key) && typeof member === "string" ? REDACTED : safeValue(member, search, [...parents, value]),
  ]);
  const isSame =
    search.left > 0 &&
    entries.every(([key, member], index) => key === members[index]![0] && member === members[index]![1]);
  return isSame ? value : (Object.fromEntries(members) as object);
}

function safeItems(items: readonly unknown[], search: Search, parents: readonly object[]): unknown {
  const safe = items.slice(0, search.left).map((item) => safeValue(item, search, parents));
  return safe.length === items.length && safe.every((item, index) => item === items[index]) ? items : safe;
}
