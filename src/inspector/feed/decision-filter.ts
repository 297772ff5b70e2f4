import type { DecisionRecord, Recorded } from "../../decisions/decision-record.js";
import { DECISION_RESULTS, failedIn, resultOf, type DecisionResult } from "../../decisions/decision-result.js";

/** The members of a query that say which decisions are meant. */
export const FILTER_KEYS = ["room", "user", "hook", "module", "result"] as const;

/** Which decisions are shown. What is absent doesn't matter. */
export class DecisionFilter {
  readonly room: string | undefined;
  readonly user: string | undefined;
  /** `Category.hook`. */
  readonly hook: string | undefined;
  /** The id of a module that was asked. */
  readonly module: string | undefined;
  readonly result: DecisionResult | undefined;

  /** @param hashOf what stands for an id in the records, where it's hashed */
  constructor(
    query: URLSearchParams,
    private readonly hashOf: (text: string) => string | undefined = () => undefined,
  ) {
    // No id has characters that can't be seen; they may come with what is pasted.
    const given = (name: (typeof FILTER_KEYS)[number]) =>
      query
        .get(name)
        ?.replaceAll(/[\p{Cc}\p{Cf}]/gu, "")
        .trim() || undefined;
    this.room = given("room");
    this.user = given("user");
    this.hook = given("hook");
    this.module = given("module");
    this.result = DECISION_RESULTS.find((result) => result === given("result"));
  }

  readonly matches = (record: DecisionRecord): boolean => {
    const { room, user, hook, module, result } = this;
    return (
      (hook === undefined || record.hook === hook) &&
      (room === undefined || this.#isShownAs(record.about.room, room)) &&
      (user === undefined || this.#isShownAs(record.about.user, user)) &&
      (module === undefined ||
        record.callbacks.some((each) => each.module === module && each.notAsked === undefined)) &&
      (result === undefined || resultOf(record) === result || (result === "failed" && failedIn(record).length > 0))
    );
  };

  /** The filter as a query, with more. */
  query(more: Readonly<Record<string, string>> = {}): string {
    const query = new URLSearchParams(more);
    for (const name of FILTER_KEYS) if (this[name] !== undefined) query.set(name, this[name]);
    return query.toString();
  }

  /** A recorded string, or the hash that stands for it. */
  #isShownAs(value: Recorded | undefined, text: string): boolean {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value === text;
    return value["of"] === text || (value["$"] === "hashed" && value["of"] === this.hashOf(text));
  }
}
