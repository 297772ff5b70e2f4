/** Upper bounds of the duration buckets, in seconds. */
export const DURATION_BUCKETS: readonly number[] = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30];

/** How long the timed calls of one callback took, in seconds. */
export class Durations {
  readonly buckets = new Uint32Array(DURATION_BUCKETS.length + 1);
  count = 0;
  sum = 0;
  max = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < DURATION_BUCKETS.length && seconds > DURATION_BUCKETS[bucket]!) bucket++;
    this.buckets[bucket]!++;
    this.count++;
    this.sum += seconds;
    if (seconds > this.max) this.max = seconds;
  }
}
