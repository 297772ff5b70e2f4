import { describe } from "./describe.js";
import { redactText } from "./secrets.js";

/** The maximum length of a shown message or stack, in characters. */
const LONGEST = 16_384;

/** Replaces a thrown value that isn't an error, or an error that can't be read. */
export class ThrownValue extends Error {
  override readonly name = "ThrownValue";
}

/**
 * Turns whatever a `catch` received into an error that is safe to read: `instanceof` works, and `name`, `message`,
 * `stack` and `cause` can be read. An error that's already safe is returned unchanged, so its class and identity stay.
 * Never throws. Call it wherever code of a module or of the host was called.
 */
export function caught(thrown: unknown): Error {
  if (isReadable(thrown)) return thrown;
  const error = new ThrownValue(messageOf(thrown));
  // Its own stack would point here.
  return Object.defineProperty(error, "stack", { value: stackOf(thrown) ?? shownError(error) });
}

/** As {@link caught}, for an error whose stack no one reads: it isn't built, which takes longer than all the rest. */
export function caughtWithoutStack(thrown: unknown): Error {
  return isReadable(thrown, ["name", "message", "cause"]) ? thrown : caught(thrown);
}

/** The message of an error, without secrets, truncated if it's too long for a log. */
export function shownMessage({ message }: Error): string {
  return shown(message);
}

/** An error as one line: its name and its message, without secrets. */
export function shownError({ name, message }: Error): string {
  return shown(`${name}: ${message}`);
}

/** The stack of an error, without secrets, truncated if it's too long for a log. */
export function shownStack({ stack }: Error): string | undefined {
  return stack === undefined ? undefined : shown(stack);
}

/** A string without secrets, truncated if it's too long for a log. */
// Redacted first: the rest of a truncated secret can't be recognised.
export function shown(text: string): string {
  const safe = redactText(text.slice(0, 4 * LONGEST));
  return text.length > 4 * LONGEST ? `${safe.slice(0, LONGEST)}… (${text.length} characters)` : cut(safe);
}

/** Truncates a string to what fits a log. */
export function cut(text: string, longest = LONGEST): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest)}… (${text.length} characters)`;
}

type Member = "name" | "message" | "cause" | "stack";
const MEMBERS: readonly Member[] = ["name", "message", "cause", "stack"];

function isReadable(thrown: unknown, members = MEMBERS): thrown is Error {
  try {
    if (!(thrown instanceof Error) || hasGetters(thrown, members)) return false;
    const { name, message, cause: _ } = thrown as { [Key in keyof Error]: unknown };
    if (typeof name !== "string" || typeof message !== "string") return false;
    return !members.includes("stack") || ["string", "undefined"].includes(typeof thrown.stack);
  } catch {
    return false;
  }
}

/** Newer versions of V8 make `stack` an accessor. It's read once, because building a stack is slow. */
const HARMLESS = [undefined, getterOf(new Error(), "stack")];

/** Whether reading the error runs its own code, which may do something else the next time. */
function hasGetters(error: Error, members: readonly Member[]): boolean {
  return members.some((name) => !HARMLESS.includes(getterOf(error, name)));
}

function getterOf(error: Error, name: string): unknown {
  return Reflect.get(Object.getOwnPropertyDescriptor(error, name) ?? {}, "get");
}

/** An error of another realm, such as a `vm` context, isn't an instance of this realm's `Error`. */
function isErrorLike(thrown: unknown): thrown is { message: unknown; stack: unknown } {
  return typeof thrown === "object" && thrown !== null && "message" in thrown && "stack" in thrown;
}

function messageOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  try {
    if (!isErrorLike(thrown)) return `${describe(thrown)} was thrown; expected an Error`;
    const { message } = thrown;
    return typeof message === "string"
      ? message
      : `${describe(thrown)} was thrown; its message is ${describe(message)}`;
  } catch {
    return `${describe(thrown)} was thrown; its message can't be read`;
  }
}

function stackOf(thrown: unknown): string | undefined {
  try {
    return isErrorLike(thrown) && typeof thrown.stack === "string" ? thrown.stack : undefined;
  } catch {
    return undefined;
  }
}
