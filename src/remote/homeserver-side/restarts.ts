/** When a process that exited is restarted, in milliseconds. */
export interface RestartTimes {
  /** After the first end. */
  readonly firstPauseMs: number;
  /** After the second end within the window. */
  readonly secondPauseMs: number;
  /** From the third end within the window on, the process counts as failed, and is restarted after this long. */
  readonly failedPauseMs: number;
  readonly windowMs: number;
}

export const RESTART_TIMES: RestartTimes = {
  firstPauseMs: 100,
  secondPauseMs: 1000,
  failedPauseMs: 5 * 60_000,
  windowMs: 10 * 60_000,
};

/** How often a process may exit within the window before it counts as failed. */
export const ENDS_BEFORE_FAILURE = 3;

/** Decides when a process is restarted: promptly at first, rarely if it exits over and over. */
export class Restarts {
  #ends: number[] = [];

  constructor(private readonly times: RestartTimes = RESTART_TIMES) {}

  /** The process exited or didn't start. @returns how long to wait, and whether it counts as failed */
  ended(now: number): { readonly pauseMs: number; readonly isFailed: boolean } {
    const { firstPauseMs, secondPauseMs, failedPauseMs, windowMs } = this.times;
    this.#ends = [...this.#ends.filter((end) => now - end < windowMs), now].slice(-ENDS_BEFORE_FAILURE);
    if (this.#ends.length === ENDS_BEFORE_FAILURE) return { pauseMs: failedPauseMs, isFailed: true };
    return { pauseMs: this.#ends.length === 1 ? firstPauseMs : secondPauseMs, isFailed: false };
  }
}
