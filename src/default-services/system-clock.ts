import { Clock, type Timer } from "../services/clock.js";

/** The longest delay that `setTimeout` supports; it treats longer ones as 1. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The {@link Clock} of the machine. @public */
export class SystemClock extends Clock {
  nowMs(): number {
    return Date.now();
  }

  setTimer(ms: number, callback: () => void): Timer {
    let timeout: NodeJS.Timeout;
    const arm = (remaining: number) => {
      timeout =
        remaining > MAX_TIMEOUT_MS
          ? setTimeout(() => arm(remaining - MAX_TIMEOUT_MS), MAX_TIMEOUT_MS)
          : setTimeout(callback, Math.max(0, remaining));
    };
    arm(ms);
    return { cancel: () => clearTimeout(timeout) };
  }
}
