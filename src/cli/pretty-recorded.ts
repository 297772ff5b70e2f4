import type { ErrorRecord, Recorded } from "../decisions/decision-record.js";
import { isPlainObject } from "../matrix/json.js";

/** So much of a value is shown, in characters. */
const LONGEST = 300;

/** A recorded value on one line. What users and modules wrote can't command a terminal. */
export function prettyRecorded(value: Recorded | undefined): string {
  const text = textOf(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** An answer, a result or an error on one line. */
export function prettyCame(came: { readonly result?: Recorded; readonly error?: ErrorRecord }): string {
  if (!came.error) return prettyRecorded(came.result);
  const { name, code, errcode, status, message } = came.error;
  const what = [status, errcode ?? code].filter((each) => each !== undefined).join(" ");
  return `threw ${escaped(name)}${what && ` ${escaped(what)}`}: ${escaped(message).slice(0, LONGEST)}`;
}

/** A string in which everything that isn't plain writing is named by its number. */
export function escaped(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (control) => `\\u{${control.codePointAt(0)!.toString(16)}}`,
  );
}

function textOf(value: Recorded | undefined): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return escaped(JSON.stringify(value));
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join(", ")}]`;
  const { $: mark, of } = value as { readonly $?: Recorded; readonly of?: Recorded };
  if (typeof mark === "string") return MARKS[mark]?.(of ?? null) ?? `(${escaped(mark)})`;
  const { code, error, fields } = value;
  // A denial, as most answers are.
  if (typeof code === "string" && Object.keys(value).every((key) => ["code", "error", "fields"].includes(key))) {
    const rest = isPlainObject(fields) && Object.keys(fields).length === 0 ? undefined : fields;
    return [escaped(code), error, rest]
      .flatMap((part) => (part === undefined ? [] : [part === error || part === rest ? textOf(part) : String(part)]))
      .join(" ");
  }
  return `{${Object.entries(value)
    .map(([key, member]) => `${escaped(key)}: ${textOf(member)}`)
    .join(", ")}}`;
}

const MARKS: Readonly<Record<string, (of: Recorded) => string>> = {
  hashed: (of) => escaped(String(of)),
  "left out": () => "(not recorded)",
  undefined: () => "nothing",
  number: (of) => escaped(String(of)),
  set: (of) => `{${(of as Recorded[]).map(textOf).join(", ")}}`,
  map: (of) => `{${(of as Recorded[][]).map(([key, item]) => `${textOf(key)} → ${textOf(item)}`).join(", ")}}`,
  object: (of) => textOf(of),
  uncarried: (of) => `(${escaped(String(of))})`,
};
