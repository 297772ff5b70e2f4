import type { DecisionRecord } from "./decision-record.js";

/** Called with each decision that was recorded, shortly after it was made. @public */
export type DecisionListener = (record: DecisionRecord) => void;

/** So many of the latest decisions are kept for those who come later. */
const MOST_RECENT = 500;

/** The decisions of a host, live. */
export class Decisions {
  readonly #listeners = new Set<DecisionListener>();
  readonly #recent: DecisionRecord[] = [];

  /**
   * Calls a function with each decision from now on. Where no file is recorded to, decisions are only recorded while
   * something is subscribed.
   *
   * @returns what ends that
   */
  subscribe(listener: DecisionListener): () => void {
    // The same function may be subscribed twice.
    const own: DecisionListener = (record) => listener(record);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** The latest decisions, the last one first. */
  recent(count: number): readonly DecisionRecord[] {
    return this.#recent.slice(-count).toReversed();
  }

  /** A decision was recorded. */
  publish(record: DecisionRecord): void {
    if (this.#recent.push(record) > 2 * MOST_RECENT) this.#recent.splice(0, MOST_RECENT);
    for (const listener of this.#listeners) listener(record);
  }
}
