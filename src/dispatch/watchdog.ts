import { NO_CONTEXT, type HookContext } from "../hooks/context.js";

/** What waits for a callback, such as a dispatch. */
export interface Watched {
  /**
   * Writes one line about all that wait for the same callback.
   *
   * @param index which callback of the chain they wait for
   * @param contexts of those that wait
   * @param pendingMs how long they have waited at least
   */
  readonly report: (index: number, contexts: readonly HookContext[], pendingMs: number) => void;
  context: HookContext;
  /** Which callback of the chain it waits for. */
  index: number;
  /** The number of the watchdog's next look when it began to wait; none while {@link isWaiting} says no. */
  since: number;
  isReported: boolean;
}

/** Doesn't wait, and the watchdog still looks at it. */
const IDLE = 0;

/** Doesn't wait, and the watchdog doesn't look at it. */
export const UNKNOWN = -1;

/** So many that don't wait any more are kept between two looks, beside as many as wait. */
const MOST_IDLE = 1000;

/**
 * Notices callbacks that hang. One interval looks at all dispatches that wait, so none needs a timer of its own. What
 * is done for each dispatch is kept to few writes: it is done for every asynchronous one.
 */
export class Watchdog {
  /** Those that wait, and some that have waited: they aren't looked for when they leave, since many begin again. */
  #known: Watched[] = [];
  #mostKnown = MOST_IDLE;
  readonly #timer: NodeJS.Timeout | undefined;
  #looks = 1;
  readonly #intervalMs: number;

  /** @param limitMs how long a dispatch may wait before it is reported, once: not earlier, and a quarter later at most; `Infinity`: none is. */
  constructor(private readonly limitMs: number) {
    this.#intervalMs = Math.max(limitMs / 4, 10);
    // Made now and not by the first dispatch that waits: its `AsyncLocalStorage` would be kept, and each report be
    // written in it. unref'd: a pending callback must not keep a process alive that has nothing else to do.
    if (Number.isFinite(limitMs)) this.#timer = setInterval(() => this.#look(), this.#intervalMs).unref();
  }

  /** How many dispatches wait for a callback now. */
  get pending(): number {
    return this.#known.filter(isWaiting).length;
  }

  enter(entry: Watched): void {
    if (entry.since < IDLE) this.#know(entry);
    // The clock is not read: that would cost more than all the rest.
    entry.since = this.#looks;
  }

  /** Keeps nothing that belongs to the dispatch. */
  leave(entry: Watched): void {
    entry.since = IDLE;
    entry.isReported = false;
    if (entry.context !== NO_CONTEXT) entry.context = NO_CONTEXT;
  }

  /**
   * Reports now, and not again, the dispatch whose context has a signal.
   *
   * @returns whether one waits that has it
   */
  report(signal: AbortSignal, pendingMs: number): boolean {
    const entry = this.#known.findLast((each) => isWaiting(each) && each.context.signal === signal);
    if (!entry) return false;
    entry.isReported = true;
    entry.report(entry.index, [entry.context], pendingMs);
    return true;
  }

  /** The reports of all that wait now. */
  waitingFor(): ReadonlySet<Watched["report"]> {
    return new Set(this.#known.filter(isWaiting).map(({ report }) => report));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #know(entry: Watched): void {
    if (this.#known.length >= this.#mostKnown) this.#forget();
    this.#known.push(entry);
  }

  /** Keeps those that wait. Another one makes itself known when it begins to wait again. */
  #forget(): void {
    for (const entry of this.#known) if (!isWaiting(entry)) entry.since = UNKNOWN;
    this.#known = this.#known.filter(isWaiting);
    this.#mostKnown = 2 * this.#known.length + MOST_IDLE;
  }

  #look(): void {
    this.#looks++;
    this.#forget();
    // Those that wait for the same callback are reported together: thousands may wait for one that hangs.
    const due = new Map<Watched["report"], Watched[][]>();
    for (const entry of this.#known) {
      if (entry.isReported || this.#waitedMs(entry) < this.limitMs) continue;
      entry.isReported = true;
      let callbacks = due.get(entry.report);
      if (!callbacks) due.set(entry.report, (callbacks = []));
      (callbacks[entry.index] ??= []).push(entry);
    }
    for (const [report, callbacks] of due) {
      callbacks.forEach((entries, index) => {
        const contexts = entries.map(({ context }) => context);
        report(index, contexts, this.#waitedMs(entries[0]!));
      });
    }
  }

  /** How long a dispatch has waited at least: it came within an interval, which does not count. */
  #waitedMs({ since }: Watched): number {
    return (this.#looks - since - 1) * this.#intervalMs;
  }
}

/** Whether it waits: between {@link Watchdog.enter} and {@link Watchdog.leave}. */
export function isWaiting({ since }: Pick<Watched, "since">): boolean {
  return since > IDLE;
}
