import { REAL_RUNTIME, type Timer } from "#src/remote/wire/runtime.js";

/** A machine whose timers fire when the test says what time it is. */
export class Clock {
  time = 0;
  readonly timers = new Map<Timer, { readonly at: number; readonly callback: () => void }>();
  readonly runtime = {
    ...REAL_RUNTIME,
    now: () => this.time,
    setTimeout: (callback: () => void, ms: number) => {
      const timer: Timer = { unref: () => timer };
      // As Node's: one that is set for longer fires immediately.
      this.timers.set(timer, { at: this.time + (ms < 2 ** 31 ? ms : 1), callback });
      return timer;
    },
    clearTimeout: (timer: Timer | undefined) => void this.timers.delete(timer!),
  };

  /** @param early by how many milliseconds timers fire too early */
  pass(time: number, early = 0): void {
    for (const [timer, { at, callback }] of this.timers) {
      if (at > time) continue;
      this.time = at - early;
      this.timers.delete(timer);
      callback();
    }
    this.time = time;
  }
  /** The process is blocked until then: its timers fire afterwards. */
  blockUntil(time: number): void {
    this.time = time;
    for (const [timer, { at, callback }] of this.timers) {
      if (at > time || !this.timers.delete(timer)) continue;
      callback();
    }
  }
}
