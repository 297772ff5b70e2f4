import { caught, cut } from "./caught.js";
import { redact, REDACTED } from "./redact.js";
import { isSecretKey, redactText } from "./secrets.js";

/** How deep to look: causes of causes, data in data. Anything deeper is left out. */
const DEEPEST = 20;
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
  return copyOfError(error, secrets, []);
}

function copyOfError(error: Error, secrets: readonly string[], parents: readonly object[]): Error {
  const own = Object.getOwnPropertyDescriptors(error) as Record<string, PropertyDescriptor>;
  let isSame = true;
  for (const [name, descriptor] of Object.entries(own)) {
    // Some versions of V8 make `stack` an accessor.
    const value: unknown = name === "stack" ? error.stack : descriptor.value;
    const safe = safeValue(value, secrets, [...parents, error]);
    if (safe === value) continue;
    isSame = false;
    own[name] = { value: safe, enumerable: descriptor.enumerable ?? false, writable: true, configurable: true };
  }
  return isSame ? error : (Object.create(Object.getPrototypeOf(error) as object, own) as Error);
}

/** The value itself, if there's no secret in it; what can't be read is left out. */
function safeValue(value: unknown, secrets: readonly string[], parents: readonly object[]): unknown {
  try {
    return safeReadable(value, secrets, parents);
  } catch {
    return undefined;
  }
}

function safeReadable(value: unknown, secrets: readonly string[], parents: readonly object[]): unknown {
  if (typeof value === "string") return redactText(redact(cut(value, LONGEST), secrets));
  if (typeof value !== "object" || value === null || parents.includes(value)) return value;
  if (parents.length >= DEEPEST) return undefined;
  if (value instanceof Error) return copyOfError(caught(value), secrets, parents);
  const isPlain = Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain && !Array.isArray(value)) return value;
  const members = Object.entries(value).map(([key, member]) => [
    safeValue(key, secrets, parents) as string,
    isSecretKey(key) && typeof member === "string" ? REDACTED : safeValue(member, secrets, [...parents, value]),
  ]);
  const isSame = Object.entries(value).every(
    ([key, member], index) => key === members[index]![0] && member === members[index]![1],
  );
  if (isSame) return value;
  return Array.isArray(value) ? members.map(([, member]) => member) : (Object.fromEntries(members) as object);
}
