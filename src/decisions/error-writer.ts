import { caught, shown } from "../errors/caught.js";
import { redact } from "../errors/redact.js";
import { redactText } from "../errors/secrets.js";
import { MatrixError } from "../matrix/matrix-error.js";
import { StateMap } from "../matrix/state-map.js";
import type { ErrorRecord, Recorded } from "./decision-record.js";
import { LEFT_OUT } from "./withheld.js";

/** How many characters of a message are written, and how many are read for that. */
const LONGEST = 2000;
const MOST_READ = 16_384;

/**
 * An error as it's recorded: as logs show it, and without what the record withholds.
 *
 * @param withheld the strings that an error may quote
 */
export function errorRecord(thrown: unknown, withheld: readonly string[]): ErrorRecord {
  const error = caught(thrown);
  const code = codeOf(error);
  const withheldForms = withheld.flatMap(formsOf);
  const message = shown(messageWithout(error.message, withheldForms));
  return {
    name: redact(error.name, withheldForms).slice(0, 200),
    ...(code !== undefined && { code }),
    message: message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message,
    ...(error instanceof MatrixError && { status: error.status, errcode: error.errcode, ...leftOut(error) }),
  };
}

/** What says more to the client may be what users wrote. */
function leftOut(error: MatrixError): Pick<ErrorRecord, "fields" | "headers"> {
  const members = (["fields", "headers"] as const).filter((member) => hasMembers(error, member));
  return Object.fromEntries(members.map((member) => [member, LEFT_OUT]));
}

function hasMembers(error: MatrixError, name: "fields" | "headers"): boolean {
  try {
    return Object.keys(error[name]).length > 0;
  } catch {
    // A getter of a module may have something another time.
    return true;
  }
}

/** A string, and what is left of it where secrets were removed before: an error of another process comes like that. */
export function formsOf(text: string): string[] {
  const safe = redactText(text);
  return safe === text ? [text] : [text, safe];
}

function messageWithout(message: string, withheld: readonly string[]): string {
  if (message.length <= MOST_READ) return redact(message, withheld);
  // The rest of a string that is cut can't be recognised, so the cut is before the first that it would go through.
  const starts = withheld.map((text) => {
    const from = Math.max(0, MOST_READ - text.length + 1);
    const start = message.slice(from, MOST_READ + text.length).indexOf(text);
    return start < 0 ? MOST_READ : from + start;
  });
  return `${redact(message.slice(0, Math.min(MOST_READ, ...starts)), withheld)}…`;
}

/** The code of an error, as far as it has the form of one. */
export function codeOf(error: Error): string | undefined {
  try {
    const { code } = error as { code?: unknown };
    return typeof code === "string" && /^[A-Z][A-Z\d_]{0,60}$/.test(code) ? code : undefined;
  } catch {
    // A getter of a module: what it does is no part of the record.
    return undefined;
  }
}

/** So many strings are looked for in a message. */
const MOST = 200;

/** The strings in a value that a record withholds: those that aren't in what was written of it. */
export function withheldTexts(value: unknown, written: Recorded): string[] {
  const shown = new Set<string>();
  collect(written, shown, MOST * 10);
  const all = new Set<string>();
  collect(value, all, MOST * 10);
  return [...all].filter((text) => text.length >= 4 && !shown.has(text)).slice(0, MOST);
}

function collect(value: unknown, texts: Set<string>, most: number, depth = 0): void {
  if (typeof value === "string") texts.add(value);
  if (typeof value !== "object" || value === null || depth > 10 || texts.size >= most) return;
  for (const member of membersOf(value)) collect(member, texts, most, depth + 1);
}

function membersOf(value: object): readonly unknown[] {
  try {
    const isCollection = value instanceof Set || value instanceof Map || value instanceof StateMap;
    return isCollection ? [...(value as Iterable<unknown>)] : Object.values(value);
  } catch {
    // A proxy or a getter of a module.
    return [];
  }
}
