import type { DecisionRecord } from "../../decisions/decision-record.js";
import { failedIn, resultOf } from "../../decisions/decision-result.js";

/** Decisions of a short time: all of them, or a sample if there were too many. */
export interface Sampled {
  /** In the order in which they were made. */
  readonly shown: readonly DecisionRecord[];
  /** How many there were. */
  readonly seen: number;
}

/**
 * Keeps so many decisions that a page can show them, whatever their number: refusals and failures first, and of the others
 * each with the same chance.
 */
export class Sample {
  #seen = 0;
  #others = 0;
  #matter: DecisionRecord[] = [];
  #rest: DecisionRecord[] = [];

  constructor(private readonly most: number) {}

  add(record: DecisionRecord): void {
    this.#seen++;
    if (matters(record)) {
      if (this.#matter.length < this.most) this.#matter.push(record);
      return;
    }
    this.#others++;
    if (this.#rest.length < this.most) this.#rest.push(record);
    else {
      const place = Math.floor(Math.random() * this.#others);
      if (place < this.most) this.#rest[place] = record;
    }
  }

  /** What was kept; begins anew. */
  take(): Sampled {
    const shown = [...this.#matter, ...this.#rest].slice(0, this.most).sort((a, b) => (a.id < b.id ? -1 : 1));
    const seen = this.#seen;
    this.#seen = this.#others = 0;
    this.#matter = [];
    this.#rest = [];
    return { shown, seen };
  }
}

function matters(record: DecisionRecord): boolean {
  const result = resultOf(record);
  return result === "refused" || result === "failed" || failedIn(record).length > 0;
}
