/** Upper bounds of the duration buckets, in seconds. */
export const DURATION_BUCKETS: readonly number[] = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30];

/** A chain's first dispatches are all timed: on a small server there may not be many more. */
export const TIMED_FIRST = 1000;

/** After them one dispatch in this many is timed. A power of two. */
export const TIMED_EVERY = 64;

/** Whether a chain's dispatch is timed: not each is, because reading the clock costs more than a short callback does. */
export function isTimed(dispatch: number): boolean {
  return dispatch <= TIMED_FIRST || (dispatch & (TIMED_EVERY - 1)) === 0;
}

/** What is counted of one callback. Calls are counted exactly; durations are those of the dispatches that are timed. */
export class CallbackMetrics {
  /** Brought up to date when a chain's metrics are read: see `Chain.metrics`. */
  calls = 0;
  /** Of `calls`, those by walks that had become asynchronous at an earlier callback. */
  laterCalls = 0;
  failures = 0;
  readonly durations = new Uint32Array(DURATION_BUCKETS.length + 1);
  durationCount = 0;
  durationSum = 0;

  /** @param seconds how long one call took, until its promise settled. */
  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < DURATION_BUCKETS.length && seconds > (DURATION_BUCKETS[bucket] as number)) bucket++;
    this.durations[bucket] = (this.durations[bucket] as number) + 1;
    this.durationCount++;
    this.durationSum += seconds;
  }
}
