import { Counters, identities, type CallbackMetrics, type Counted } from "./counters.js";

/** A chain's first dispatches are all timed: on a small server there may not be many more. */
export const TIMED_FIRST = 1000;

/** After them one dispatch in this many is timed. A power of two. */
export const TIMED_EVERY = 256;

// V8 folds constants of the file, and loads exported ones each time.
const [first, others] = [TIMED_FIRST, TIMED_EVERY - 1] as const;

/** Whether a dispatch of a chain is timed, by its number from 1: reading the clock costs more than a short callback. */
export function isTimed(dispatch: number): boolean {
  return dispatch <= first || (dispatch & others) === 0;
}

/**
 * Counts what the callbacks of a plan do. A dispatch notes where it left its synchronous half, and nothing of the
 * callbacks before, which it has called. The calls of each callback are worked out when they are read:
 *
 *     calls(i) = before(i) + dispatches − left(0) − … − left(i − 1) + later(i) − notAsked(i)
 */
export class Meter {
  // Declared and assigned, as in a plan.
  declare readonly counters: readonly Counters[];
  /** How many dispatches ended, or began to wait, at each callback that others follow. */
  declare readonly left: number[];
  readonly #first: number;
  #dispatches: number;

  /** @param previous the plan's predecessor, of whose callbacks those that stay keep their counters. */
  constructor(
    readonly callbacks: readonly Counted[],
    previous?: Meter,
  ) {
    this.left = callbacks.map(() => 0);
    const kept = previous?.handOver() ?? new Map<string, Counters>();
    this.counters = identities(callbacks).map((identity) => kept.get(identity) ?? new Counters());
    // Counted on: a chain's first dispatches are timed, not those of each plan.
    this.#dispatches = this.#first = previous ? previous.#dispatches : 0;
  }

  /** Counts a dispatch. Returns whether it is to be timed. */
  begin(): boolean {
    return isTimed(++this.#dispatches);
  }

  read(): CallbackMetrics[] {
    const reached = this.#reached();
    // Member by member: a rest and a spread would be half of what it takes to read the metrics of a host.
    return this.counters.map((of, index) => ({
      calls: of.before + reached[index]! + of.later - of.notAsked,
      notAsked: of.notAsked,
      failures: of.failures,
      timeouts: of.timeouts,
      durations: of.durations,
      longestGivenUpMs: of.longestGivenUpMs,
      shadow: of.shadow,
    }));
  }

  /** The counters by callback, with all that this meter counted. Dispatches that wait go on counting in them. */
  handOver(): Map<string, Counters> {
    for (const [index, reached] of this.#reached().entries()) this.counters[index]!.before += reached;
    return new Map(identities(this.callbacks).map((identity, index) => [identity, this.counters[index]!]));
  }

  /** How many dispatches called each callback in their synchronous half. */
  #reached(): number[] {
    let reached = this.#dispatches - this.#first;
    return this.left.map((left) => {
      const here = reached;
      reached -= left;
      return here;
    });
  }
}
