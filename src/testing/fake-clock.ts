import { setImmediate } from "node:timers/promises";
import { Clock, type Timer } from "../services/clock.js";

/** A clock that stands still until a test moves it. @public */
export class FakeClock extends Clock {
  #now: number;
  #sleepers = 0;
  readonly #timers = new Map<Timer, { readonly at: number; readonly callback: () => void }>();

  /** @param startMs milliseconds since the epoch; the start of 2025 by default. */
  constructor(startMs = Date.UTC(2025, 0, 1)) {
    super();
    this.#now = startMs;
  }

  /** How many calls of {@link Clock.sleep} are waiting. */
  get sleepers(): number {
    return this.#sleepers;
  }

  nowMs(): number {
    return this.#now;
  }

  setTimer(ms: number, callback: () => void): Timer {
    const timer: Timer = { cancel: () => void this.#timers.delete(timer) };
    this.#timers.set(timer, { at: this.#now + Math.max(0, ms), callback });
    return timer;
  }

  override async sleep(ms: number, options?: { signal?: AbortSignal }): Promise<void> {
    this.#sleepers += 1;
    try {
      await super.sleep(ms, options);
    } finally {
      this.#sleepers -= 1;
    }
  }

  /** Moves the time forward, and pauses at each timer that falls due until what it starts has gone as far as it can. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await setImmediate();
    for (let due = this.#next(end); due; due = this.#next(end)) {
      const [timer, { at, callback }] = due;
      this.#timers.delete(timer);
      this.#now = at;
      callback();
      await setImmediate();
    }
    this.#now = end;
  }

  /** The next timer to fall due; if there are several, the one that was set first. */
  #next(end: number) {
    const due = Array.from(this.#timers).filter(([, { at }]) => at <= end);
    return due.sort(([, one], [, other]) => one.at - other.at)[0];
  }
}
