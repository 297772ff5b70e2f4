import { BEFORE_DEADLINE_MS, Budgets, expire, type Budgeted, type BudgetQueue } from "./budgets.js";
import { LinkedQueue } from "./linked-queue.js";

/** How often budgets are looked at, in milliseconds. */
export const SWEEP_MS = 10;

/** What a sweep counts at most, in milliseconds: while a module blocks the event loop, no other can answer. */
export const MOST_COUNTED_MS = 50;

/** Where time comes from. */
export interface TimeSource {
  /** Milliseconds that only grow. */
  now(): number;
  /** Milliseconds since the epoch, as deadlines have them. */
  date(): number;
  /** Calls a function at an interval, and returns one that ends that. @param keepsAlive whether the process lives on for it */
  every(intervalMs: number, run: () => void, keepsAlive: boolean): () => void;
}

const MACHINE: TimeSource = {
  now: () => performance.now(),
  date: () => Date.now(),
  every(intervalMs, run, keepsAlive) {
    const timer = setInterval(run, intervalMs);
    if (!keepsAlive) timer.unref();
    return () => clearInterval(timer);
  },
};

/**
 * Budgets of the machine's time: time in which the event loop ran, counted in sweeps. Nothing is given up early, nor for
 * what something else blocked. One interval serves all, and runs only while something waits. Until they are released it keeps
 * the process alive, which would end without the answer otherwise. A sweep visits what is due, and one more for each budget.
 */
export class SweepingBudgets extends Budgets {
  /** By the number of the sweep in which they are due, at the earliest. */
  readonly #deadlines = new Map<number, BudgetQueue>();
  /** All that sweeps have counted, in milliseconds. */
  #counted = 0;
  #lastSweep = 0;
  /** What has begun to wait since the last sweep. Most has left by the next one, and never stands in a queue. */
  #newcomers: Budgeted[] = [];
  #isRunning = false;
  #begin!: () => void;
  #end: (() => void) | undefined;

  constructor(
    private readonly time = MACHINE,
    private keepsAlive = true,
  ) {
    super();
    this.#prepare();
  }

  now(): number {
    return this.time.now();
  }

  unattended(): Budgets {
    return new SweepingBudgets(this.time, false);
  }

  release(): void {
    this.keepsAlive = false;
    if (!this.#end) return;
    this.#stop();
    this.#start();
  }

  /** For how many sweeps deadlines are noted. */
  get deadlines(): number {
    return this.#deadlines.size;
  }

  enter(waiting: Budgeted): void {
    if (waiting.isNew) return;
    waiting.isNew = true;
    if (this.#newcomers.push(waiting) === 1 && !this.#isRunning) this.#start();
  }

  enterUntil(deadline: number, waiting: Budgeted): void {
    if (!Number.isFinite(deadline)) return;
    if (!this.#isRunning) this.#start();
    const due = this.time.now() + deadline - BEFORE_DEADLINE_MS - this.time.date();
    const sweep = Math.max(Math.ceil(due / SWEEP_MS), sweepAt(this.#lastSweep) + 1);
    let queue = this.#deadlines.get(sweep);
    if (!queue) this.#deadlines.set(sweep, (queue = new LinkedQueue()));
    queue.add(waiting);
  }

  /** Gives up all that is due. */
  sweep(): void {
    const now = this.time.now();
    this.#counted += Math.min(now - this.#lastSweep, MOST_COUNTED_MS);
    this.#line();
    const [from, to] = [sweepAt(this.#lastSweep), sweepAt(now)];
    this.#lastSweep = now;
    let waits = false;
    for (const [timeoutMs, queue] of this.queues) {
      let first: Budgeted | undefined;
      while ((first = queue.first) && this.#counted - first.countedFrom >= timeoutMs) expire(first);
      waits ||= first !== undefined;
    }
    for (let sweep = from + 1; sweep <= to && this.#deadlines.size > 0; sweep++) {
      const queue = this.#deadlines.get(sweep);
      for (let first; (first = queue?.first);) expire(first);
      this.#deadlines.delete(sweep);
    }
    if (!waits && this.#newcomers.length === 0 && !this.#hasDeadline()) this.#stop();
  }

  /** Lines up what has begun to wait and still does. */
  #line(): void {
    const newcomers = this.#newcomers;
    this.#newcomers = [];
    for (const waiting of newcomers) {
      waiting.isNew = false;
      const { queue } = waiting;
      if (!queue) continue;
      waiting.countedFrom = this.#counted;
      queue.add(waiting);
    }
  }

  /** Whether something waits for a deadline; forgets sweeps for which nothing waits any more. */
  #hasDeadline(): boolean {
    for (const [sweep, queue] of this.#deadlines) {
      if (queue.first) return true;
      this.#deadlines.delete(sweep);
    }
    return false;
  }

  #start(): void {
    this.#isRunning = true;
    this.#lastSweep = this.time.now();
    this.#begin();
  }

  #stop(): void {
    this.#isRunning = false;
    this.#end?.();
    this.#end = undefined;
    this.#prepare();
  }

  /**
   * Makes ready what starts the interval. A promise calls back in the async context in which it was asked to, not in
   * that in which it is resolved: an interval made by the first request that waits would keep its `AsyncLocalStorage`.
   */
  #prepare(): void {
    void new Promise<void>((resolve) => (this.#begin = resolve)).then(() => {
      this.#end = this.time.every(SWEEP_MS, () => this.sweep(), this.keepsAlive);
    });
  }
}

/** The number of the sweep that a time belongs to. */
function sweepAt(time: number): number {
  return Math.floor(time / SWEEP_MS);
}
