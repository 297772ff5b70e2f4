import type { DecisionRecord, Recorded } from "../../decisions/decision-record.js";
import { DECISION_RESULTS, hasFailed, resultOf } from "./result-of.js";

/** What stands for an id in the records, where it's hashed. */
type HashOf = (text: string) => string | undefined;

/** The members of a query that say which decisions are meant, and which decisions each of them leaves. */
const MATCHERS = {
  room: ({ about }: DecisionRecord, room: string, hashOf: HashOf) => isShownAs(about.room, room, hashOf),
  user: ({ about }: DecisionRecord, user: string, hashOf: HashOf) => isShownAs(about.user, user, hashOf),
  /** `Category.hook`. */
  hook: (record: DecisionRecord, hook: string) => record.hook === hook,
  /** The id of a module that was asked. */
  module: ({ callbacks }: DecisionRecord, id: string) =>
    callbacks.some(({ module, notAsked }) => module === id && notAsked === undefined),
  result: (record: DecisionRecord, result: string) =>
    resultOf(record) === result || (result === "failed" && record.callbacks.some(hasFailed)),
} as const;

export type FilterKey = keyof typeof MATCHERS;

const KEYS = Object.keys(MATCHERS) as readonly FilterKey[];

/** Which decisions are shown. */
export class DecisionFilter {
  /** What is absent doesn't matter. */
  readonly given: Readonly<Partial<Record<FilterKey, string>>>;

  constructor(
    query: URLSearchParams,
    private readonly hashOf: HashOf = () => undefined,
  ) {
    const given = KEYS.map((key) => [key, readable(query.get(key))] as const);
    this.given = Object.fromEntries(given.filter(([key, text]) => text !== "" && (key !== "result" || isResult(text))));
  }

  get isEmpty(): boolean {
    return Object.keys(this.given).length === 0;
  }

  readonly matches = (record: DecisionRecord): boolean =>
    KEYS.every((key) => this.given[key] === undefined || MATCHERS[key](record, this.given[key], this.hashOf));

  /** The filter as a query, with more. */
  query(more: Readonly<Record<string, string>> = {}): string {
    return new URLSearchParams({ ...more, ...this.given }).toString();
  }
}

/** No id has characters that can't be seen; they may come with what is pasted. */
function readable(text: string | null): string {
  return text?.replaceAll(/[\p{Cc}\p{Cf}]/gu, "").trim() ?? "";
}

function isResult(text: string): boolean {
  return (DECISION_RESULTS as readonly string[]).includes(text);
}

/** Whether it's a recorded string, or the hash that stands for it. */
function isShownAs(value: Recorded | undefined, text: string, hashOf: HashOf): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value === text;
  return value["of"] === text || (value["$"] === "hashed" && value["of"] === hashOf(text));
}
