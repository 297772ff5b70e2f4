import type { Logger } from "winston";
import { caught } from "../errors/caught.js";
import { Clock, type Timer } from "../services/clock.js";

/** The longest delay that `setTimeout` supports; it treats longer ones as 1. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** What a {@link SystemClock} may have. @public */
export interface SystemClockOptions {
  /** Receives the errors of timers' functions. Without it such an error is an uncaught exception, as with `setTimeout`. */
  readonly logger?: Logger;
}

/** The {@link Clock} of the machine. @public */
export class SystemClock extends Clock {
  readonly #logger: Logger | undefined;

  constructor({ logger }: SystemClockOptions = {}) {
    super();
    this.#logger = logger;
  }

  nowMs(): number {
    return Date.now();
  }

  setTimer(ms: number, callback: () => void): Timer {
    let timeout: NodeJS.Timeout;
    const logger = this.#logger;
    const fire = logger ? () => void attempt(callback, logger) : callback;
    const arm = (remaining: number) => {
      timeout =
        remaining > MAX_TIMEOUT_MS
          ? setTimeout(() => arm(remaining - MAX_TIMEOUT_MS), MAX_TIMEOUT_MS)
          : setTimeout(fire, Math.max(0, remaining));
    };
    arm(ms);
    return { cancel: () => clearTimeout(timeout) };
  }
}

/** Logs what the function throws or rejects with: nothing waits for a timer. */
async function attempt(callback: () => unknown, logger: Logger): Promise<void> {
  try {
    await callback();
  } catch (error) {
    logger.error(`The function ${callback.name || "anonymous"}, given to Clock.setTimer, failed`, {
      error: caught(error),
    });
  }
}
