import type { Timer } from "#src/services/clock.js";
import { FakeClock } from "#src/testing/fake-clock.js";

/** The clock of the test kit, which here also tells how many timers wait. */
export class ManualClock extends FakeClock {
  readonly #waiting = new Set<Timer>();

  get pending(): number {
    return this.#waiting.size;
  }

  override setTimer(ms: number, callback: () => void): Timer {
    const inner = super.setTimer(ms, () => {
      this.#waiting.delete(timer);
      callback();
    });
    const timer: Timer = {
      cancel: () => {
        this.#waiting.delete(timer);
        inner.cancel();
      },
    };
    this.#waiting.add(timer);
    return timer;
  }
}
