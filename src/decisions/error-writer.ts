import { caught, shownMessage } from "../errors/caught.js";
import { redact } from "../errors/redact.js";
import { MatrixError } from "../matrix/matrix-error.js";
import { StateMap } from "../matrix/state-map.js";
import type { ErrorRecord, Recorded } from "./decision-record.js";

/** How many characters of a message are written. */
const LONGEST = 2000;

/**
 * An error as it's recorded: as logs show it, and without what the record withholds.
 *
 * @param withheld the strings that an error may quote
 */
export function errorRecord(thrown: unknown, withheld: readonly string[]): ErrorRecord {
  const error = caught(thrown);
  const { code } = error as { code?: unknown };
  const message = redact(shownMessage(error), withheld);
  return {
    name: redact(error.name, withheld).slice(0, 200),
    ...(typeof code === "string" && /^[A-Z][A-Z\d_]{0,60}$/.test(code) && { code }),
    message: message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message,
    ...(error instanceof MatrixError && { status: error.status, errcode: error.errcode }),
  };
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
  const isCollection = value instanceof Set || value instanceof Map || value instanceof StateMap;
  const members = isCollection ? [...(value as Iterable<unknown>)] : Object.values(value);
  for (const member of members) collect(member, texts, most, depth + 1);
}
