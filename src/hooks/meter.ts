import { Durations } from "./durations.js";

/** A chain's first dispatches are all timed: on a small server there may not be many more. */
export const TIMED_FIRST = 1000;

/** After them one dispatch in this many is timed. A power of two. */
export const TIMED_EVERY = 64;

/** The counts of one callback: every call, and the durations of timed ones. */
export interface CallbackMetrics {
  readonly calls: number;
  readonly failures: number;
  /** Absent until a call has been timed. */
  readonly durations: Durations | undefined;
}

/**
 * Counts what the callbacks of a plan do. A dispatch notes where it left its synchronous half, and nothing of the
 * callbacks before, which it has called. The calls of each callback are worked out when they are read:
 *
 *     calls(i) = dispatches − left(0) − … − left(i − 1) + later(i) − skipped(i)
 */
export class Meter {
  /** How many dispatches ended, or began to wait, at each callback. */
  readonly left: number[];
  /** How many dispatches reached each callback after they had waited. */
  readonly later: number[];
  /** How often each callback answered that it isn't asked. */
  readonly skipped: number[];
  readonly failures: number[];
  readonly #durations: (Durations | undefined)[];
  #dispatches = 0;

  constructor(callbacks: number) {
    const zeros = () => Array.from({ length: callbacks }, () => 0);
    this.left = zeros();
    this.later = zeros();
    this.skipped = zeros();
    this.failures = zeros();
    this.#durations = zeros().map(() => undefined);
  }

  /** Counts a dispatch. Returns the time if it is to be timed: reading the clock costs more than a short callback. */
  begin(): number | undefined {
    const dispatch = ++this.#dispatches;
    return dispatch <= TIMED_FIRST || (dispatch & (TIMED_EVERY - 1)) === 0 ? performance.now() : undefined;
  }

  /** Notes how long a callback took that was called at `since`. Returns the time now, which is when the next is called. */
  timed(index: number, since: number): number {
    const now = performance.now();
    (this.#durations[index] ??= new Durations()).observe((now - since) / 1000);
    return now;
  }

  read(): CallbackMetrics[] {
    let reached = this.#dispatches;
    return this.#durations.map((durations, index) => {
      const calls = reached + this.later[index]! - this.skipped[index]!;
      reached -= this.left[index]!;
      return { calls, failures: this.failures[index]!, durations };
    });
  }
}
