import { BEFORE_DEADLINE_MS, Budgets, expire, type Budgeted, type BudgetQueue } from "../dispatch/budgets.js";
import { LinkedQueue } from "../dispatch/linked-queue.js";
import type { Clock } from "../services/clock.js";

/** Budgets of a clock's time, which end to the millisecond: a test that moves its clock by a budget has used it up. */
export class ClockBudgets extends Budgets {
  readonly #timeouts = new Map<BudgetQueue, number>();
  /** The queues for which a timer is set. One serves a queue: tests may make thousands of calls before they move the clock. */
  readonly #timed = new Set<BudgetQueue>();

  constructor(private readonly clock: Clock) {
    super();
  }

  now(): number {
    return this.clock.nowMs();
  }

  /** A clock's timers keep no process alive of their own. */
  unattended(): Budgets {
    return this;
  }

  release(): void {}

  override queueOf(timeoutMs: number): BudgetQueue {
    const queue = super.queueOf(timeoutMs);
    this.#timeouts.set(queue, timeoutMs);
    return queue;
  }

  enter(waiting: Budgeted): void {
    const queue = waiting.queue!;
    waiting.countedFrom = this.now();
    queue.add(waiting);
    this.#watch(queue);
  }

  enterUntil(deadline: number, waiting: Budgeted): void {
    const queue: BudgetQueue = new LinkedQueue();
    queue.add(waiting);
    this.clock.setTimer(deadline - BEFORE_DEADLINE_MS - this.now(), () => {
      if (queue.first) expire(queue.first);
    });
  }

  #watch(queue: BudgetQueue): void {
    if (!queue.first || this.#timed.has(queue)) return;
    this.#timed.add(queue);
    const timeoutMs = this.#timeouts.get(queue)!;
    this.clock.setTimer(queue.first.countedFrom + timeoutMs - this.now(), () => {
      this.#timed.delete(queue);
      for (let first; (first = queue.first) && this.now() - first.countedFrom >= timeoutMs;) expire(first);
      this.#watch(queue);
    });
  }
}
