import { LinkedQueue, unlink, type Linked } from "./linked-queue.js";

/** So long before the deadline of a request callbacks are given up, in milliseconds. */
export const BEFORE_DEADLINE_MS = 200;

/** Something that is given up when its budget has ended, such as the call of a callback. */
export interface Budgeted extends Linked {
  /** Whether it waits with a budget. */
  isBounded: boolean;
  /** What its budgets had counted when its time began, in milliseconds. */
  countedFrom: number;
  /** Where it stands while it waits; at the latest from the next sweep on. */
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

/** Gives up what waits longer than its budget. What waits with the same budget is due in the order in which it came. */
export abstract class Budgets {
  protected readonly queues = new Map<number, BudgetQueue>();

  /** Milliseconds that only grow. */
  abstract now(): number;

  /** Something begins to wait. It ends by {@link leave}. */
  abstract enter(waiting: Budgeted): void;

  /** Something begins to wait that expires some time before a deadline, in milliseconds since the epoch; never if that isn't finite. */
  abstract enterUntil(deadline: number, waiting: Budgeted): void;

  /** Budgets of the same time, for what no one waits for: it doesn't keep the process alive. */
  abstract unattended(): Budgets;

  /** From now on what waits doesn't keep the process alive. */
  abstract release(): void;

  /** The queue of what waits with a budget of so many milliseconds. */
  queueOf(timeoutMs: number): BudgetQueue {
    let queue = this.queues.get(timeoutMs);
    if (!queue) this.queues.set(timeoutMs, (queue = new LinkedQueue()));
    return queue;
  }

  /** What a promise comes to, or what `late` returns as an error if that isn't within the budget. */
  within<Value>(queue: BudgetQueue, promise: Promise<Value>, late: () => Error): Promise<Value> {
    return new Promise((resolve, reject) => {
      const waiting: Budgeted = { ...OUTSIDE, queue, expire: () => reject(late()) };
      this.enter(waiting);
      promise.then(
        (value) => {
          leave(waiting);
          resolve(value);
        },
        (error: unknown) => {
          leave(waiting);
          reject(error as Error);
        },
      );
    });
  }
}

/** Something no longer waits. */
export function leave(waiting: Budgeted): void {
  waiting.isBounded = false;
  if (waiting.previous) unlink(waiting);
}

/** Gives something up. */
export function expire(waiting: Budgeted): void {
  leave(waiting);
  waiting.expire();
}
