import type { BreakerSettings } from "../config/operate/operate-settings.js";
import type { CallGuard } from "../hooks/contribution.js";

/** How many parts the window has: calls are forgotten by part. */
const PARTS = 10;

/** Called when a breaker opens, with what it has counted, and when it closes. */
export interface BreakerEvents {
  opened(failures: number, calls: number): void;
  closed(): void;
}

/**
 * Keeps a callback that fails again and again from being called. It opens when the share of failures among the calls of
 * the window is reached; after a while one call at a time tries the callback, and one that succeeds closes it.
 */
export class CircuitBreaker implements CallGuard {
  current: number | undefined;
  /** When it opened, or closed again, in milliseconds since the epoch; 0 before it opened. */
  since = 0;
  readonly #calls = Array.from({ length: PARTS }, () => 0);
  readonly #failures = Array.from({ length: PARTS }, () => 0);
  /** The number of the part that is counted in. */
  #part = 0;
  /** When it may be tried; undefined while it's closed. */
  #openUntil: number | undefined;
  /** Which calls count: those of the present period. One begins when it opens, closes, and with each trial. */
  #period = 0;
  /** The period of the latest trial, if it isn't over. */
  #trial: number | undefined;

  /** @param now in milliseconds, from any start */
  constructor(
    readonly settings: BreakerSettings,
    private readonly events: BreakerEvents,
    private readonly now: () => number,
  ) {}

  get state(): "closed" | "open" | "half-open" {
    if (this.#openUntil === undefined) return "closed";
    return this.#trial === undefined ? "open" : "half-open";
  }

  /** Counts a call that is to be made. Returns the period that it belongs to; undefined if it's left out. */
  admit(): number | undefined {
    const now = this.now();
    if (this.#openUntil === undefined) {
      this.#calls[this.#partAt(now)]!++;
      return this.#period;
    }
    // A trial that doesn't end in time doesn't keep others from trying.
    if (now < this.#openUntil) return undefined;
    this.#openUntil = now + this.settings.openForMs;
    this.#trial = ++this.#period;
    return this.#trial;
  }

  /** The period of the trial under way, which is its only call. */
  get trial(): number | undefined {
    return this.#trial;
  }

  /** Counts a failure of the `current` call, if it belongs to the present period. */
  failed(): void {
    if (this.current !== this.#period) return;
    const now = this.now();
    if (this.#openUntil !== undefined) {
      this.#period++;
      this.#trial = undefined;
      this.#openUntil = now + this.settings.openForMs;
      return;
    }
    this.#failures[this.#partAt(now)]!++;
    const calls = sum(this.#calls);
    const failures = sum(this.#failures);
    const { minCalls, failureRate, openForMs } = this.settings;
    if (calls < minCalls || failures < failureRate * calls) return;
    this.#period++;
    this.#openUntil = now + openForMs;
    this.since = Date.now();
    this.events.opened(failures, calls);
  }

  /** A trial is over. @param worked undefined where it doesn't say: the request was cancelled. */
  ended(trial: number, worked: true | undefined): void {
    if (trial !== this.#trial) return;
    this.#period++;
    this.#trial = undefined;
    if (!worked) {
      this.#openUntil = this.now();
      return;
    }
    this.#openUntil = undefined;
    this.since = Date.now();
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.events.closed();
  }

  /** The part that is counted in now; those that have gone by since are emptied. */
  #partAt(now: number): number {
    const part = Math.floor(now / (this.settings.windowMs / PARTS));
    for (let old = Math.max(this.#part + 1, part - PARTS + 1); old <= part; old++) {
      this.#calls[old % PARTS] = 0;
      this.#failures[old % PARTS] = 0;
    }
    this.#part = part;
    return part % PARTS;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
