import type { ErrorRecord, Recorded } from "../decisions/decision-record.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";

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
  const { $: mark, of = null } = value;
  if (typeof mark === "string") return MARKS.get(mark)?.(of) ?? `(${escaped(mark)})`;
  return isDenial(value) ? denialText(value) : membersText(value);
}

/** What most answers are that aren't a string. */
function isDenial(value: JsonObject): boolean {
  return typeof value["code"] === "string" && Object.keys(value).every((key) => DENIAL_MEMBERS.includes(key));
}

const DENIAL_MEMBERS = ["code", "error", "fields"];

function denialText({ code, error, fields }: JsonObject): string {
  const hasFields = !isPlainObject(fields) || Object.keys(fields).length > 0;
  const texts = [error, ...(hasFields ? [fields] : [])].filter((text) => text !== undefined).map(textOf);
  return [escaped(String(code)), ...texts].join(" ");
}

function membersText(value: Recorded): string {
  const members = Object.entries(Object(value) as JsonObject);
  return `{${members.map(([key, member]) => `${escaped(key)}: ${textOf(member)}`).join(", ")}}`;
}

const MARKS: ReadonlyMap<string, (of: Recorded) => string> = new Map([
  ["hashed", (of) => escaped(String(of))],
  ["left out", () => "(not recorded)"],
  ["undefined", () => "nothing"],
  ["number", (of) => escaped(String(of))],
  ["set", (of) => `{${listOf(of).map(textOf).join(", ")}}`],
  [
    "map",
    (of) =>
      `{${listOf(of)
        .map((pair) => listOf(pair).map(textOf).join(" → "))
        .join(", ")}}`,
  ],
  ["object", membersText],
  ["uncarried", (of) => `(${escaped(String(of))})`],
]);

/** A line of a record can be anything. */
function listOf(value: Recorded): readonly Recorded[] {
  return Array.isArray(value) ? value : [];
}
