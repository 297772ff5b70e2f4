import type { Recorded } from "../../decisions/decision-record.js";

/** A recorded value for people: JSON, with words for what JSON lacks and for what is withheld. */
export function recordedText(value: Recorded | undefined): string {
  return written(value, "");
}

/** The same on one line, cut if it's long. */
export function shortText(value: Recorded | undefined, most = 120): string {
  return cut(written(value, undefined), most);
}

/** An answer on one line. A denial is its code, and what it says to the client. */
export function answerText(value: Recorded | undefined, most = 120): string {
  if (!isObject(value) || typeof value["code"] !== "string") return shortText(value, most);
  const { code, error } = value;
  return cut(typeof error === "string" ? `${code}: ${error}` : code, most);
}

/** A user, a room or an event: its id, or what stands for it. */
export function subjectText(value: Recorded): string {
  return typeof value === "string" ? value : shortText(value);
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** @param indent of the line that it begins on; undefined for one line */
function written(value: Recorded | undefined, indent: string | undefined): string {
  if (value === undefined) return "nothing";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value))
    return enclosed(
      "[",
      value.map((item) => written(item, deeper(indent))),
      "]",
      indent,
    );
  if (typeof value["$"] === "string") return marked(value["$"], value["of"], indent);
  return membersOf(value, indent);
}

function membersOf(value: Readonly<Record<string, Recorded>>, indent: string | undefined): string {
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}: ${written(member, deeper(indent))}`,
  );
  return enclosed("{", members, "}", indent);
}

function marked(mark: string, of: Recorded | undefined, indent: string | undefined): string {
  switch (mark) {
    case "hashed":
    case "number":
      return typeof of === "string" ? of : mark;
    case "undefined":
      return "nothing";
    case "set":
      return `Set ${written(of ?? [], indent)}`;
    case "map":
      return `Map ${written(of ?? [], indent)}`;
    case "object":
      return isObject(of) ? membersOf(of, indent) : written(of, indent);
    case "uncarried":
      return `(${typeof of === "string" ? of : "not recorded"})`;
    default:
      return `(${mark})`;
  }
}

function isObject(value: Recorded | undefined): value is Readonly<Record<string, Recorded>> & object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function enclosed(open: string, items: readonly string[], close: string, indent: string | undefined): string {
  if (items.length === 0) return open + close;
  if (indent === undefined) return `${open}${items.join(", ")}${close}`;
  const inner = deeper(indent);
  return `${open}\n${items.map((item) => inner + item).join(",\n")}\n${indent}${close}`;
}

function deeper(indent: string | undefined): string | undefined {
  return indent === undefined ? undefined : `${indent}  `;
}
