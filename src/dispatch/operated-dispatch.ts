import { caught } from "../errors/caught.js";
import { isCancellation } from "../errors/cancelled-error.js";
import { OUTSIDE, type Budgeted, type BudgetQueue, type Budgets } from "./budgets.js";
import type { CallContext } from "./call-context.js";
import { callbackTimeout, deadlineTimeout, uncalledTimeout } from "./callback-timeout.js";
import { continuable, continuation } from "./continued-result.js";
import type { CallGuard, ChainCallback } from "../hooks/contribution.js";
import type { FreeList } from "./free-list.js";
import type { Limit } from "./limit.js";
import { unlink, type Linked } from "./linked-queue.js";
import { PendingDispatch } from "./pending-dispatch.js";
import type { PlanParts } from "./plan-parts.js";
import { RawAnswers } from "./raw-answers.js";
import { isWaiting, type Watchdog } from "./watchdog.js";

/** What a dispatch that may give up on a promise needs of its plan. */
export interface OperatedPlan<State, Result> extends PlanParts<State, Result> {
  readonly callbacks: readonly Pick<ChainCallback, "shadow">[];
  /** By callback; undefined for those without a budget. */
  readonly limits: readonly (Limit | undefined)[];
  /** By callback; undefined for those of whose calls nothing is kept. */
  readonly kept: readonly (Kept | undefined)[];
  readonly reports: PlanParts<State, Result>["reports"] & {
    late(index: number, error: Error, requestId: string | undefined, secrets: readonly string[]): void;
    secrets(args: readonly unknown[]): readonly string[];
  };
  /** A dispatch that can begin to wait. */
  operated(): OperatedDispatch<State, Result>;
}

/** Where a dispatch that waits gets what it keeps of a call. */
export interface Kept {
  readonly guard: CallGuard | undefined;
  /** If calls have contexts of their own. */
  readonly limit: Limit | undefined;
}

/** What is kept of a call until it has settled. */
interface KeptCall {
  /** Its own context, if it has one. */
  readonly context: CallContext | undefined;
  /** As its guard knows it. */
  readonly guarded: unknown;
}

/** What is kept of a dispatch that gave up on a promise, for the line about a late error. */
interface GivenUp {
  readonly because: Error;
  readonly requestId: string | undefined;
  readonly secrets: readonly string[];
}

/**
 * A dispatch whose callbacks have budgets or guards, or whose request has a deadline, or one of whose promises may stand for the
 * answers of several callbacks. When it gives up on a promise it continues as another object, and this one is never used
 * again: so nothing that the promise comes to later reaches another dispatch.
 */
export class OperatedDispatch<State, Result> extends PendingDispatch<State, Result> implements Budgeted {
  declare protected readonly plan: OperatedPlan<State, Result>;
  previous: Linked | undefined = undefined;
  next: Linked | undefined = undefined;
  countedFrom = 0;
  isNew = false;
  #call: KeptCall | undefined;
  #deadline: Deadline | undefined;
  #givenUp: GivenUp | undefined;

  constructor(
    plan: OperatedPlan<State, Result>,
    watchdog: Watchdog,
    private readonly budgets: Budgets,
    free: FreeList<OperatedDispatch<State, Result>>,
  ) {
    // Where the dispatch gives up on its last callback, too, it needs all that it was given.
    super(plan, watchdog, free, -1);
  }

  get queue(): BudgetQueue | undefined {
    return isWaiting(this) ? this.plan.limits[this.index]?.queue : undefined;
  }

  protected override result(promise: Promise<unknown>): Promise<Result> {
    const { deadline } = this.context;
    if (deadline !== undefined) this.budgets.enterUntil(deadline, (this.#deadline = deadlineOf(this)));
    // Where the dispatch gives up, it is continued in the async context of its request, and not of a sweep.
    const result = continuable<Result>(this.capture);
    this.wait(promise);
    return result;
  }

  protected override wait(promise: Promise<unknown>): void {
    const { plan, index } = this;
    if (plan.limits[index] && !this.isNew) this.budgets.enter(this);
    const kept = plan.kept[index];
    if (kept) this.#call = { context: kept.limit?.taken(), guarded: kept.guard?.current };
    if (this.#deadline) this.#deadline.waitsSince = this.budgets.now();
    super.wait(promise);
  }

  protected override settle(answer: unknown, failed: boolean): void {
    if (this.#givenUp) return this.#late(this.#givenUp, answer, failed);
    if (this.previous) unlink(this);
    if (this.#call) this.#settleCall(this.#call);
    if (failed || !RawAnswers.is(answer)) return super.settle(answer, failed);
    const { callbacks } = this.plan;
    let first: unknown;
    try {
      first = answer.take();
    } catch (thrown) {
      return super.settle(thrown, true);
    }
    // A callback in shadow has no answer: the dispatch passes it by.
    this.calls = answer.replace(this.calls, this.index, (index) => callbacks[index]!.shadow === true);
    super.settle(first, false);
  }

  #settleCall({ context, guarded }: KeptCall): void {
    const { guard } = this.plan.kept[this.index]!;
    if (guard) guard.current = guarded;
    context?.settle();
    this.#call = undefined;
  }

  /** The budget of the callback that it waits for has ended. */
  expire(): void {
    const { timeoutMs } = this.plan.limits[this.index]!;
    this.#giveUp(callbackTimeout(timeoutMs), timeoutMs);
  }

  /** The request's deadline is near: callbacks that haven't answered have failed, and so have those that follow. */
  overdue(): void {
    unlink(this);
    this.calls = this.plan.meter.counters.map((counters) => () => {
      counters.timeouts++;
      throw uncalledTimeout();
    });
    this.#giveUp(deadlineTimeout(), this.budgets.now() - this.#deadline!.waitsSince);
  }

  /** @param hadMs how long the callback had, in milliseconds */
  #giveUp(because: Error, hadMs: number): void {
    const { context, plan, resolve } = this;
    const counters = plan.meter.counters[this.index]!;
    counters.longestGivenUpMs = Math.max(counters.longestGivenUpMs ?? 0, hadMs);
    const own = this.#call?.context;
    const successor = plan.operated();
    successor.#takeOver(this);
    const secrets = plan.reports.secrets([this.a0, this.a1, this.a2, this.a3, this.a4, this.a5]);
    this.#givenUp = { because, requestId: context.requestId, secrets };
    this.clear();
    own?.giveUp(because);
    resolve!(continuation(() => successor.#continue(because, own)) as never);
  }

  /** Continues a dispatch that gave up on a promise. */
  #continue(because: Error, own: CallContext | undefined): Promise<Result> {
    const result = continuable<Result>(this.capture);
    own?.abort();
    this.plan.meter.counters[this.index]!.timeouts++;
    this.settle(because, true);
    return result;
  }

  #takeOver(other: OperatedDispatch<State, Result>): void {
    this.context = other.context;
    this.index = other.index;
    this.state = other.state;
    this.calls = other.calls;
    this.a0 = other.a0;
    this.a1 = other.a1;
    this.a2 = other.a2;
    this.a3 = other.a3;
    this.a4 = other.a4;
    this.a5 = other.a5;
    this.#call = other.#call && { ...other.#call, context: undefined };
    this.#deadline = other.#deadline;
    if (this.#deadline) this.#deadline.dispatch = this;
    other.#deadline = undefined;
    this.watchdog.enter(this);
    this.since = other.since;
    this.isReported = other.isReported;
  }

  /** What a promise came to on which the dispatch had given up: nothing is made of it. */
  #late({ because, requestId, secrets }: GivenUp, answer: unknown, failed: boolean): void {
    // A callback that stopped because its signal fired did what it should.
    if (!failed || answer === because || isCancellation(answer)) return;
    this.plan.reports.late(this.index, caught(answer), requestId, secrets);
  }

  protected override clear(): void {
    if (this.#deadline) unlink(this.#deadline);
    this.#deadline = this.#call = undefined;
    super.clear();
  }
}

/** The place of a dispatch among those whose requests have a deadline. */
interface Deadline extends Budgeted {
  dispatch: { overdue(): void };
  /** When the dispatch began to wait for its present callback, as {@link Budgets.now} has it. */
  waitsSince: number;
}

function deadlineOf(dispatch: Deadline["dispatch"]): Deadline {
  return {
    ...OUTSIDE,
    dispatch,
    waitsSince: 0,
    expire() {
      this.dispatch.overdue();
    },
  };
}
