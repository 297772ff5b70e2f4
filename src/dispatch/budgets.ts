import { LinkedQueue, unlink, type Linked } from "./linked-queue.js";

/** So long before the deadline of a request callbacks are given up, in milliseconds. */
export const BEFORE_DEADLINE_MS = 200;

/** Something that is given up when its budget has ended, such as the call of a callback. */
export interface Budgeted extends Linked {
  /** What its budgets had counted when its time began, in milliseconds. */
  countedFrom: number;
  /** Where it stands while it waits, at the latest from the next sweep on; undefined while it doesn't wait. */
  readonly queue: BudgetQueue | undefined;
  /** Whether the next sweep looks where it stands. Until then it may end, and begin again. */
  isNew: boolean;
  expire(): void;
}

/** The members of something that doesn't wait. */
export const OUTSIDE: Omit<Budgeted, "expire"> = {
  previous: undefined,
  next: undefined,
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

  /** Something begins to wait. When it ends it has no {@link Budgeted.queue} any more, and is unlinked. */
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
      const waiting = { ...OUTSIDE, queue: queue as BudgetQueue | undefined, expire: () => reject(late()) };
      const leave = () => {
        waiting.queue = undefined;
        unlink(waiting);
      };
      this.enter(waiting);
      promise.then(
        (value) => {
          leave();
          resolve(value);
        },
        (error: unknown) => {
          leave();
          reject(error as Error);
        },
      );
    });
  }
}

/** Gives something up. */
export function expire(waiting: Budgeted): void {
  unlink(waiting);
  waiting.expire();
}
