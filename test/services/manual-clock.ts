import { setImmediate } from "node:timers/promises";
import { Clock, type Timer } from "#src/services/clock.js";

/** A clock that stands still until a test moves it. */
export class ManualClock extends Clock {
  #now: number;
  readonly #timers = new Map<Timer, { at: number; callback: () => void }>();

  constructor(now = 1_000_000) {
    super();
    this.#now = now;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  nowMs(): number {
    return this.#now;
  }

  setTimer(ms: number, callback: () => void): Timer {
    const timer: Timer = { cancel: () => void this.#timers.delete(timer) };
    this.#timers.set(timer, { at: this.#now + Math.max(0, ms), callback });
    return timer;
  }

  /** Moves the time on, stopping at each timer that falls due so that what it starts can settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await setImmediate();
    for (;;) {
      const [timer, due] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
      if (!timer || !due || due.at > end) break;
      this.#timers.delete(timer);
      this.#now = due.at;
      due.callback();
      await setImmediate();
    }
    this.#now = end;
  }
}
