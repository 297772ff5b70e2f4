import { isPlainObject, type JsonObject } from "../matrix/json.js";
import { visible } from "../errors/visible.js";
import type { ErrorRecord, NotAsked, Recorded } from "./decision-record.js";
import type { Came } from "./decision-result.js";

/** A recorded value for people: JSON, with words for what JSON lacks and for what is withheld. */
export function recordedText(value: Recorded | undefined): string {
  return written(value, "");
}

/** The same on one line, cut if it's long. @param most in characters */
export function shortText(value: Recorded | undefined, most = 300): string {
  return shortened(written(value, undefined), most);
}

/** An answer, a result or an error on one line. A denial is its code, and what it says to the client. */
export function cameText({ result, error }: Came, most = 300): string {
  if (error) return `threw ${errorKind(error)}: ${shortened(visible(error.message), most)}`;
  return isDenial(result) ? shortened(denialText(result), most) : shortText(result, most);
}

/** What kind of an error it is: its class, and its codes. */
export function errorKind({ name, code, status, errcode }: ErrorRecord): string {
  const parts = [name, status, errcode ?? code].filter((part) => part !== undefined);
  return visible(parts.join(" "));
}

/** A user, a room or an event that a decision is about: the string itself, or its hash. */
export function subjectText(value: Recorded): string {
  return typeof value === "string" ? visible(value) : shortText(value);
}

/** Why a callback wasn't asked. */
export function notAskedText(why: NotAsked): string {
  return Object.hasOwn(NOT_ASKED, why) ? NOT_ASKED[why] : visible(why);
}

/** What the answer of a callback in shadow would have changed. */
export function shadowText(what: string): string {
  return SHADOWS.get(what) ?? visible(what);
}

const NOT_ASKED: Readonly<Record<NotAsked, string>> = {
  types: "its decorator names other types of events",
  options: "the options of its decorator leave this out",
  only: "`only` of its `operate:` leaves this out",
  except: "`except` of its `operate:` leaves this out",
  share: "this isn't in its `share`",
  "circuit breaker": "its circuit breaker was open",
  process: "its process left it out",
  "decided before": "it was decided before",
};

const SHADOWS: ReadonlyMap<string, string> = new Map([
  ["unchanged", "it would have changed nothing"],
  ["refuses", "it would have refused"],
  ["allows", "it would have allowed"],
  ["changes", "it would have changed something"],
]);

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** @param indent of the line that it begins on; undefined for one line */
function written(value: Recorded | undefined, indent: string | undefined): string {
  if (value === undefined) return "nothing";
  if (typeof value !== "object" || value === null) return visible(JSON.stringify(value));
  if (Array.isArray(value)) return itemsText(value, indent);
  const { $: mark, of = null } = value as { readonly $?: Recorded; readonly of?: Recorded };
  return typeof mark === "string" ? marked(mark, of, indent) : membersText(value, indent);
}

function itemsText(items: readonly Recorded[], indent: string | undefined): string {
  const texts = items.map((item) => written(item, deeper(indent)));
  return enclosed("[", texts, "]", indent);
}

function membersText(value: JsonObject, indent: string | undefined): string {
  const members = Object.entries(value).map(
    ([key, member]) => `${visible(JSON.stringify(key))}: ${written(member, deeper(indent))}`,
  );
  return enclosed("{", members, "}", indent);
}

function marked(mark: string, of: Recorded, indent: string | undefined): string {
  switch (mark) {
    case "hashed":
    case "number":
      return visible(typeof of === "string" ? of : mark);
    case "left out":
      return "(not recorded)";
    case "undefined":
      return "nothing";
    case "set":
      return `Set ${itemsText(itemsIn(of), indent)}`;
    case "map":
      return `Map ${itemsText(itemsIn(of), indent)}`;
    case "object":
      return isPlainObject(of) ? membersText(of as JsonObject, indent) : written(of, indent);
    case "uncarried":
      return `(${visible(typeof of === "string" ? of : mark)})`;
    default:
      return `(${visible(mark)})`;
  }
}

/** A line of a record can be anything. */
function itemsIn(of: Recorded): readonly Recorded[] {
  return Array.isArray(of) ? of : [];
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

const DENIAL_MEMBERS: readonly string[] = ["code", "error", "fields"];

function isDenial(value: Recorded | undefined): value is JsonObject {
  if (!isPlainObject(value)) return false;
  const keys = Object.keys(value);
  return typeof (value as JsonObject)["code"] === "string" && keys.every((key) => DENIAL_MEMBERS.includes(key));
}

function denialText({ code, error, fields }: JsonObject): string {
  const hasFields = fields !== undefined && !(isPlainObject(fields) && Object.keys(fields).length === 0);
  const texts = [...(error === undefined ? [] : [error]), ...(hasFields ? [fields] : [])];
  return [visible(String(code)), ...texts.map((text) => written(text, undefined))].join(" ");
}
