import { isDeepStrictEqual } from "node:util";
import type { Recorded } from "../decisions/decision-record.js";
import type { PersonalHash } from "../decisions/personal-hash.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import { ownMember } from "./is-decision.js";
import type { UnknownReason } from "./unknown.js";
import { isWhole, itemsOf, markOf, withheldBy } from "./withheld.js";

/** Whether what was recorded is what a module says now, and why that can't be known. */
export type Comparison = "same" | "different" | UnknownReason;

/** Compares values of one record with values of now. */
export class RecordComparer {
  /**
   * @param key the id of the key that the record's hashes were made with
   * @param hasher absent where no key is known
   */
  constructor(
    readonly key: string | undefined,
    private readonly hasher: Pick<PersonalHash, "keyId" | "of"> | undefined,
  ) {}

  /** @param now with nothing withheld */
  compare(then: Recorded | undefined, now: Recorded | undefined): Comparison {
    const reason = withheldBy(then);
    if (reason === "hashed") return this.#compareHash((then as JsonObject)["of"], now);
    // What it would do later isn't known of a function: having one or none is all that can differ.
    if (reason === "uncarried") return withheldBy(now) === "uncarried" ? "same" : "uncarried";
    if (reason) return reason;
    if (isAbsent(then) || isAbsent(now)) return isAbsent(then) === isAbsent(now) ? "same" : "different";
    if (Array.isArray(then)) return Array.isArray(now) ? this.#compareLists(then, now) : "different";
    if (typeof then !== "object" || then === null) return then === now ? "same" : "different";
    if (!isPlainObject(now)) return "different";
    if (markOf(then) === "set" && markOf(now) === "set") return this.#compareSets(then, now as JsonObject);
    const keys = [...new Set([...Object.keys(then), ...Object.keys(now)])];
    return together(
      keys.map((key) => this.compare(ownMember(then as JsonObject, key), ownMember(now as JsonObject, key))),
    );
  }

  #compareLists(then: readonly Recorded[], now: readonly Recorded[]): Comparison {
    if (then.length !== now.length) return "different";
    return together(then.map((item, index) => this.compare(item, now[index])));
  }

  /** Whatever the order. */
  #compareSets(then: JsonObject, now: JsonObject): Comparison {
    const [before, after] = [[...itemsOf(then)], [...itemsOf(now)]];
    if (isWhole(before)) return isSameSet(before, after) ? "same" : "different";
    if (before.length !== after.length) return "different";
    return together(
      before.map((item) => {
        const found = after.map((other) => this.compare(item, other));
        const index = found.indexOf("same");
        if (index >= 0) after.splice(index, 1);
        return index >= 0 ? "same" : (found.find((each) => each !== "different") ?? "different");
      }),
    );
  }

  #compareHash(hash: Recorded | undefined, now: Recorded | undefined): Comparison {
    if (typeof now !== "string") return "different";
    if (!this.hasher) return "hashed";
    if (this.hasher.keyId !== this.key) return "another key";
    return this.hasher.of(now) === hash ? "same" : "different";
  }
}

/** One difference is enough; without one, nothing may be unknown. */
export function together(comparisons: readonly Comparison[]): Comparison {
  if (comparisons.includes("different")) return "different";
  return comparisons.find((each) => each !== "same") ?? "same";
}

/** Why what is looked for isn't known to be one of these: one can't be compared, or all are others. */
export function whyNone(comparisons: readonly Comparison[]): UnknownReason {
  return comparisons.find((each) => each !== "same" && each !== "different") ?? "missing read";
}

function isAbsent(value: Recorded | undefined): boolean {
  return value === undefined || markOf(value) === "undefined";
}

function isSameSet(one: readonly Recorded[], other: readonly Recorded[]): boolean {
  const [first, second] = [one, other].map((items) => items.map((item) => JSON.stringify(item)).toSorted());
  return isDeepStrictEqual(first, second);
}
