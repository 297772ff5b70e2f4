import { LinkedQueue, unlink, type Linked } from "./linked-queue.js";

/** How often budgets are looked at, in milliseconds. */
export const SWEEP_MS = 10;

/** What a sweep counts at most, in milliseconds: while a module blocks the event loop, no other can answer. */
export const MOST_COUNTED_MS = 50;

/** So long before the deadline of a request callbacks are given up, in milliseconds. */
export const BEFORE_DEADLINE_MS = 200;

/** Something that is given up when its budget has ended, such as the call of a callback. */
export interface Budgeted extends Linked {
  /** Whether it waits with a budget. */
  isBounded: boolean;
  /** What sweeps had counted by the first one that it waited for, in milliseconds. */
  countedFrom: number;
  /** Where it stands if it still waits at the next sweep. */
  readonly queue: BudgetQueue | undefined;
  /** Whether it has begun to wait since the last sweep, and perhaps ended. */
  isNew: boolean;
  expire(): void;
}

/** The members of something that doesn't wait. */
export const OUTSIDE: Omit<Budgeted, "expire"> = {
  previous: undefined,
  next: undefined,
  isBounded: false,
  countedFrom: 0,
  queue: undefined,
  isNew: false,
};

/** What waits with a budget of so many milliseconds: those that came first are due first. */
export type BudgetQueue = LinkedQueue<Budgeted>;

/** Where time comes from. */
export interface TimeSource {
  /** Milliseconds that only grow. */
  now(): number;
  /** Milliseconds since the epoch, as deadlines have them. */
  date(): number;
  /** Calls a function at an interval, and returns one that ends that. */
  every(intervalMs: number, run: () => void): () => void;
}

const MACHINE: TimeSource = {
  now: () => performance.now(),
  date: () => Date.now(),
  every(intervalMs, run) {
    // unref'd: what waits must not keep a process alive that has nothing else to do.
    const timer = setInterval(run, intervalMs).unref();
    return () => clearInterval(timer);
  },
};

/**
 * Gives up what waits longer than its budget. A budget is time in which the event loop ran, counted in sweeps: nothing
 * is given up early, nor for what something else blocked. One interval serves all, and runs only while something waits. What
 * waits with the same budget is due in the order in which it came, so a sweep visits what is due, and one more for each
 * budget.
 */
export class Budgets {
  readonly #queues = new Map<number, BudgetQueue>();
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

  constructor(private readonly time = MACHINE) {
    this.#prepare();
  }

  /** Milliseconds that only grow. */
  now(): number {
    return this.time.now();
  }

  /** For how many sweeps deadlines are noted. */
  get deadlines(): number {
    return this.#deadlines.size;
  }

  /** The queue of what waits with a budget of so many milliseconds. */
  queueOf(timeoutMs: number): BudgetQueue {
    let queue = this.#queues.get(timeoutMs);
    if (!queue) this.#queues.set(timeoutMs, (queue = new LinkedQueue()));
    return queue;
  }

  /** Something begins to wait. It ends by {@link leave}. */
  enter(waiting: Budgeted): void {
    waiting.isBounded = true;
    if (waiting.isNew) return;
    waiting.isNew = true;
    if (this.#newcomers.push(waiting) === 1 && !this.#isRunning) this.#start();
  }

  /** Something begins to wait that expires some time before a deadline, in milliseconds since the epoch. */
  enterUntil(deadline: number, waiting: Budgeted): void {
    if (!this.#isRunning) this.#start();
    const due = this.time.now() + deadline - BEFORE_DEADLINE_MS - this.time.date();
    const sweep = Math.max(Math.ceil(due / SWEEP_MS), sweepAt(this.#lastSweep) + 1);
    let queue = this.#deadlines.get(sweep);
    if (!queue) this.#deadlines.set(sweep, (queue = new LinkedQueue()));
    queue.add(waiting);
  }

  /** What a promise comes to, or what `late` returns as an error if that isn't within the budget. */
  within<Value>(queue: BudgetQueue, promise: Promise<Value>, late: () => Error): Promise<Value> {
    return new Promise((resolve, reject) => {
      const waiting: Budgeted = { ...OUTSIDE, queue, expire: () => reject(late()) };
      this.enter(waiting);
      promise.finally(() => leave(waiting)).then(resolve, reject);
    });
  }

  /** Gives up all that is due. */
  sweep(): void {
    const now = this.time.now();
    this.#counted += Math.min(now - this.#lastSweep, MOST_COUNTED_MS);
    this.#line();
    const [from, to] = [sweepAt(this.#lastSweep), sweepAt(now)];
    this.#lastSweep = now;
    let waits = false;
    for (const [timeoutMs, queue] of this.#queues) {
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
      if (!waiting.isBounded) continue;
      waiting.countedFrom = this.#counted;
      waiting.queue!.add(waiting);
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
    this.#prepare();
  }

  /**
   * Makes ready what starts the interval. A promise calls back in the async context in which it was asked to, not in
   * that in which it is resolved: an interval made by the first request that waits would keep its `AsyncLocalStorage`.
   */
  #prepare(): void {
    void new Promise<void>((resolve) => (this.#begin = resolve)).then(() => {
      this.#end = this.time.every(SWEEP_MS, () => this.sweep());
    });
  }
}

/** Something no longer waits. */
export function leave(waiting: Budgeted): void {
  waiting.isBounded = false;
  if (waiting.previous) unlink(waiting);
}

function expire(waiting: Budgeted): void {
  leave(waiting);
  waiting.expire();
}

/** The number of the sweep that a time belongs to. */
function sweepAt(time: number): number {
  return Math.floor(time / SWEEP_MS);
}
