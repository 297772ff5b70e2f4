import { inspect } from "node:util";

/** A log line for people: time, level and message, then data and stacks. */
export function prettyText(info: Readonly<Record<string, unknown>>): string {
  const { timestamp, level, module, message, stack, ...rest } = info;
  const data = Object.entries(rest).filter(([, value]) => value !== undefined);
  const words = [
    timestamp,
    level,
    ...(module === undefined ? [] : [`[${printable(module)}]`]),
    printable(message),
    ...data.flatMap(([key, value]) => (hasStack(value) ? membersOf(key, value) : [`${name(key)}=${printable(value)}`])),
  ];
  const stacks = [
    ...(typeof stack === "string" ? [stack] : []),
    ...data.flatMap(([, value]) => (hasStack(value) ? stacksOf(value) : [])),
  ];
  return [words.join(" "), ...stacks.map(printable)].join("\n    ");
}

/** An error as `redactSecrets` returns it. */
interface PlainError {
  readonly stack: string;
  readonly cause?: unknown;
}

function hasStack(value: unknown): value is PlainError {
  return typeof value === "object" && value !== null && "stack" in value && typeof value.stack === "string";
}

/** What an error has besides its stack. */
function membersOf(key: string, error: PlainError): string[] {
  const own = Object.entries(error).filter(([name]) => !["name", "message", "stack", "cause"].includes(name));
  return own.length > 0 ? [`${name(key)}=${printable(Object.fromEntries(own))}`] : [];
}

function stacksOf({ stack, cause }: PlainError): string[] {
  if (cause === undefined) return [stack];
  const [first, ...rest] = hasStack(cause) ? stacksOf(cause) : [printable(cause)];
  return [stack, `caused by: ${first}`, ...rest];
}

/** The name of data: quoted, on one line, unless it's a plain word. */
function name(key: string): string {
  return /^[\w.$-]+$/.test(key) ? key : JSON.stringify(key).replace(CONTROL, asEscape);
}

function printable(value: unknown): string {
  const text = typeof value === "string" ? value : inspect(value, { breakLength: Infinity, depth: 8 });
  return text.replace(/\r?\n/g, "\n    ").replace(CONTROL, asEscape);
}

/**
 * Control characters except the line feed: those that start terminal commands, those that separate lines, and those that
 * change the direction of what follows.
 */
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
