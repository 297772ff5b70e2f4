import { CancelledError } from "../errors/cancelled-error.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** A call that will happen unless it's cancelled. Cancelling twice, or too late, does nothing. @public */
export interface Timer {
  cancel(): void;
}

/** Tells the time and waits. A fake clock drives everything that waits. All times are **milliseconds**. @public */
export abstract class Clock {
  static readonly declaration: ServiceDeclaration<Clock> = {
    runsIn: "module",
    methods: {
      nowMs: { does: "own", returns: "public" },
      setTimer: { does: "own", returns: "public" },
      sleep: { does: "own", returns: "nothing" },
    },
  };

  /** Now, in milliseconds since the epoch. (`get_current_time_msec`, 1.125.) */
  abstract nowMs(): number;

  /** Calls a function once, after some milliseconds; as soon as possible if the number isn't positive. */
  abstract setTimer(ms: number, callback: () => void): Timer;

  /**
   * Resolves after some **milliseconds** (Synapse counts in seconds). (`sleep`, 1.49.)
   *
   * @throws {CancelledError} when the signal aborts; the signal's reason is the cause.
   */
  sleep(ms: number, options: { signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const cancelled = () => reject(new CancelledError("sleep() was cancelled", { cause: signal?.reason }));
      if (signal?.aborted) return cancelled();
      const abort = () => {
        timer.cancel();
        cancelled();
      };
      const timer = this.setTimer(ms, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }
}
