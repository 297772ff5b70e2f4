import type { HookContext } from "./context.js";

/** A dispatch that waits for a callback. A link of the watchdog's list, so that leaving it costs nothing. */
export interface PendingDispatch {
  readonly report: (index: number, context: HookContext, pendingMs: number) => void;
  readonly context: HookContext;
  readonly since: number;
  /** Which callback of the chain the dispatch waits for. */
  index: number;
  reported: boolean;
  previous: PendingDispatch | undefined;
  next: PendingDispatch | undefined;
}

/**
 * Notices callbacks that do not settle. All dispatches have the same limit, so the list in the order of arrival is
 * also the list in the order of deadlines: one interval looks at its head, and no dispatch needs a timer of its own.
 */
export class Watchdog {
  #head: PendingDispatch | undefined;
  #tail: PendingDispatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pending = 0;

  /** @param limitMs how long a dispatch may wait before it is reported, once. */
  constructor(private readonly limitMs: number) {}

  /** How many dispatches wait for a callback now. */
  get pending(): number {
    return this.#pending;
  }

  enter(report: PendingDispatch["report"], context: HookContext, index: number): PendingDispatch {
    const entry: PendingDispatch = {
      report,
      context,
      since: performance.now(),
      index,
      reported: false,
      previous: this.#tail,
      next: undefined,
    };
    if (this.#tail) this.#tail.next = entry;
    else this.#head = entry;
    this.#tail = entry;
    this.#pending++;
    // unref'd: a pending callback must not keep a process alive that has nothing else to do.
    this.#timer ??= setInterval(() => this.#sweep(), Math.max(this.limitMs / 4, 10)).unref();
    return entry;
  }

  leave(entry: PendingDispatch): void {
    if (entry.previous) entry.previous.next = entry.next;
    else this.#head = entry.next;
    if (entry.next) entry.next.previous = entry.previous;
    else this.#tail = entry.previous;
    this.#pending--;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    const now = performance.now();
    for (let entry = this.#head; entry && now - entry.since >= this.limitMs; entry = entry.next) {
      if (!entry.reported) {
        entry.reported = true;
        entry.report(entry.index, entry.context, now - entry.since);
      }
    }
  }
}
