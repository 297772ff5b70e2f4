import type { HookContext } from "./context.js";

/** A dispatch that waits for a callback. A link of the watchdog's list, so that leaving it costs nothing. */
export interface PendingDispatch {
  readonly report: (index: number, context: HookContext, pendingMs: number) => void;
  readonly context: HookContext;
  /** Which callback of the chain the dispatch waits for. */
  index: number;
  /** How often the watchdog had looked when the dispatch began to wait. */
  since: number;
  reported: boolean;
  /** The dispatches that began to wait next before and next after this one. */
  earlier: PendingDispatch | undefined;
  later: PendingDispatch | undefined;
}

/**
 * Notices callbacks that do not settle. One interval looks at all dispatches that wait, so none needs a timer of its
 * own. What is done for each dispatch is kept to few writes: it is done for every asynchronous one.
 */
export class Watchdog {
  // One end of the list is enough; each further pointer from this old object to a young one costs the collector.
  #latest: PendingDispatch | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #sweeps = 0;
  readonly #intervalMs: number;

  /** @param limitMs how long a dispatch may wait before it is reported, once: not earlier, and a quarter later at most; `Infinity`: none is. */
  constructor(private readonly limitMs: number) {
    this.#intervalMs = Math.max(limitMs / 4, 10);
    // Made now and not by the first dispatch that waits: its `AsyncLocalStorage` would be kept, and each report be
    // written in it. unref'd: a pending callback must not keep a process alive that has nothing else to do.
    if (Number.isFinite(limitMs)) this.#timer = setInterval(() => this.#sweep(), this.#intervalMs).unref();
  }

  /** How many dispatches wait for a callback now. */
  get pending(): number {
    let count = 0;
    for (let entry = this.#latest; entry; entry = entry.earlier) count++;
    return count;
  }

  enter(entry: PendingDispatch): void {
    // The clock is not read: that would cost more than all the rest.
    entry.since = this.#sweeps;
    entry.earlier = this.#latest;
    if (this.#latest) this.#latest.later = entry;
    this.#latest = entry;
  }

  leave(entry: PendingDispatch): void {
    if (entry.later) entry.later.earlier = entry.earlier;
    else this.#latest = entry.earlier;
    if (entry.earlier) entry.earlier.later = entry.later;
  }

  /**
   * Reports now, and not again, the dispatch whose context has a signal.
   *
   * @returns whether one waits that has it
   */
  report(signal: AbortSignal, pendingMs: number): boolean {
    for (let entry = this.#latest; entry; entry = entry.earlier) {
      if (entry.context.signal !== signal) continue;
      entry.reported = true;
      entry.report(entry.index, entry.context, pendingMs);
      return true;
    }
    return false;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    this.#sweeps++;
    const due: PendingDispatch[] = [];
    for (let entry = this.#latest; entry; entry = entry.earlier) {
      if (!entry.reported && this.#waitedMs(entry) >= this.limitMs) due.push(entry);
    }
    for (const entry of due.toReversed()) {
      entry.reported = true;
      entry.report(entry.index, entry.context, this.#waitedMs(entry));
    }
  }

  /** How long a dispatch has waited at least: it came within an interval, which does not count. */
  #waitedMs({ since }: PendingDispatch): number {
    return (this.#sweeps - since - 1) * this.#intervalMs;
  }
}
