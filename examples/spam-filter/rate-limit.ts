import type { Limit } from "./spam-filter-config.js";

/** Counts what each key did within a sliding window. All times are milliseconds. */
export class RateLimit {
  readonly #windowMs: number;
  readonly #times = new Map<string, number[]>();

  constructor(private readonly limit: Limit) {
    this.#windowMs = limit.per_seconds * 1000;
  }

  /** Counts one more of `key`; or says how many milliseconds to wait, and does not count it. */
  take(key: string, nowMs: number): number {
    const times = this.#recent(key, nowMs);
    if (times.length >= this.limit.count) return times[0]! + this.#windowMs - nowMs;
    this.#times.set(key, [...times, nowMs]);
    return 0;
  }

  /** Forgets keys that did nothing within the window: the map does not grow forever. */
  forgetIdle(nowMs: number): void {
    for (const key of this.#times.keys()) {
      if (this.#recent(key, nowMs).length === 0) this.#times.delete(key);
    }
  }

  #recent(key: string, nowMs: number): number[] {
    return (this.#times.get(key) ?? []).filter((time) => time > nowMs - this.#windowMs);
  }
}
