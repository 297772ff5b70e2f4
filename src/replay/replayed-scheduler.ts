import { ClockScheduler } from "../default-services/clock-scheduler.js";
import type { Timer } from "../services/clock.js";

/** Nothing runs by itself in a replay: neither `@Every` nor what a callback puts off. */
export class ReplayedScheduler extends ClockScheduler {
  override loopingBackgroundCall(): Timer {
    return NEVER;
  }

  override delayedBackgroundCall(): Timer {
    return NEVER;
  }
}

const NEVER: Timer = { cancel: () => undefined };
