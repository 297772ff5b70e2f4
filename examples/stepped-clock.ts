import { setImmediate } from "node:timers/promises";
import { Clock, type Timer } from "ligand";

interface Alarm {
  readonly atMs: number;
  readonly callback: () => void;
}

/**
 * A {@link Clock} that stands still until it is moved. The examples use it so that they print the same every time, and
 * the replay to live in the time of its recording. Tests of modules have one in `ligand/testing`.
 */
export class SteppedClock extends Clock {
  readonly #alarms = new Set<Alarm>();

  /** @param nowMs milliseconds since the epoch. */
  constructor(private now: number) {
    super();
  }

  nowMs(): number {
    return this.now;
  }

  setTimer(ms: number, callback: () => void): Timer {
    const alarm = { atMs: this.now + Math.max(0, ms), callback };
    this.#alarms.add(alarm);
    return { cancel: () => this.#alarms.delete(alarm) };
  }

  /** Moves on by some milliseconds. What is due on the way happens at its own time, one after the other. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (let due = this.#next(end); due; due = this.#next(end)) {
      this.#alarms.delete(due);
      this.now = Math.max(this.now, due.atMs);
      due.callback();
      // A looping call sets its next timer once its promise has settled.
      await setImmediate();
    }
    this.now = end;
  }

  #next(endMs: number): Alarm | undefined {
    return [...this.#alarms].filter(({ atMs }) => atMs <= endMs).sort((one, other) => one.atMs - other.atMs)[0];
  }
}
