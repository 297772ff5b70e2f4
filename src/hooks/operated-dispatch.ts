import { caught } from "../errors/caught.js";
import { isCancellation } from "../errors/cancelled-error.js";
import { leave, OUTSIDE, type Budgeted, type BudgetQueue, type Budgets } from "./budgets.js";
import type { CallContext } from "./call-context.js";
import { callbackTimeout, deadlineTimeout, uncalledTimeout } from "./callback-timeout.js";
import type { ChainCallback } from "./contribution.js";
import type { FreeList } from "./free-list.js";
import type { Limit } from "./limit.js";
import type { Linked } from "./linked-queue.js";
import { PendingDispatch } from "./pending-dispatch.js";
import type { PlanParts } from "./plan-parts.js";
import { RawAnswers } from "./raw-answers.js";
import type { Watchdog } from "./watchdog.js";
import { whenSettled } from "./when-settled.js";

/** What a dispatch that may give up on a promise needs of its plan. */
export interface OperatedPlan<State, Result> extends PlanParts<State, Result> {
  readonly callbacks: readonly Pick<ChainCallback, "shadow" | "guard">[];
  /** By callback; undefined for those without a budget. */
  readonly limits: readonly (Limit | undefined)[];
  readonly reports: PlanParts<State, Result>["reports"] & {
    late(index: number, error: Error, requestId: string | undefined, secrets: readonly string[]): void;
    secrets(args: readonly unknown[]): readonly string[];
  };
  /** A dispatch that can begin to wait. */
  operated(): OperatedDispatch<State, Result>;
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
  previous: Linked | undefined = undefined;
  next: Linked | undefined = undefined;
  isBounded = false;
  countedFrom = 0;
  isNew = false;
  /** The context of the call that it waits for, if that call has its own. */
  #own: CallContext | undefined;
  /** The same call, as its guard knows it. */
  #guarded: unknown;
  #run: RawAnswers | undefined;
  #deadline: Deadline | undefined;
  #isOverdue = false;
  #givenUp: GivenUp | undefined;

  constructor(
    protected override readonly plan: OperatedPlan<State, Result>,
    watchdog: Watchdog,
    private readonly budgets: Budgets,
    free: FreeList<OperatedDispatch<State, Result>>,
  ) {
    super(plan, watchdog, free);
  }

  get queue(): BudgetQueue | undefined {
    return this.plan.limits[this.index]?.queue;
  }

  protected override result(promise: Promise<unknown>): Promise<Result> {
    const { deadline } = this.context;
    if (deadline !== undefined) this.budgets.enterUntil(deadline, (this.#deadline = deadlineOf(this)));
    const result = this.#promised();
    this.wait(promise);
    return result;
  }

  /** The result. Where the dispatch gives up, it is continued here: in the async context of its request, and not of a sweep. */
  #promised(): Promise<Result> {
    return whenSettled(new Promise<Result>(this.capture), continued) as Promise<Result>;
  }

  protected override wait(promise: Promise<unknown>): void {
    this.#guarded = this.plan.callbacks[this.index]!.guard?.current;
    const limit = this.plan.limits[this.index];
    if (limit) {
      this.#own = limit.taken();
      this.budgets.enter(this);
    }
    if (this.#deadline) this.#deadline.waitsSince = this.budgets.now();
    super.wait(promise);
  }

  protected override settle(answer: unknown, failed: boolean): void {
    if (this.#givenUp) return this.#late(this.#givenUp, answer, failed);
    if (this.isBounded) leave(this);
    const { guard } = this.plan.callbacks[this.index]!;
    if (guard) guard.current = this.#guarded;
    if (this.#own) {
      this.#own.settle();
      this.#own = undefined;
    }
    if (failed || !RawAnswers.is(answer)) return super.settle(answer, failed);
    this.#run = answer;
    let first: unknown;
    try {
      first = answer.take();
    } catch (thrown) {
      return super.settle(thrown, true);
    }
    super.settle(first, false);
  }

  protected override call(index: number): unknown {
    // A callback in shadow has no answer: the dispatch passes it by.
    if (this.#run?.hasMore && !this.plan.callbacks[index]!.shadow) return this.#run.take();
    if (this.#isOverdue) throw this.#timedOut(uncalledTimeout());
    return super.call(index);
  }

  /** The budget of the callback that it waits for has ended. */
  expire(): void {
    const { timeoutMs } = this.plan.limits[this.index]!;
    this.#giveUp(callbackTimeout(timeoutMs), timeoutMs);
  }

  /** The request's deadline is near: callbacks that haven't answered have failed, and so have those that follow. */
  overdue(): void {
    leave(this);
    this.#isOverdue = true;
    this.#giveUp(deadlineTimeout(), this.budgets.now() - this.#deadline!.waitsSince);
  }

  /** @param hadMs how long the callback had, in milliseconds */
  #giveUp(because: Error, hadMs: number): void {
    const { context, plan, resolve } = this;
    const counters = plan.meter.counters[this.index]!;
    counters.longestGivenUpMs = Math.max(counters.longestGivenUpMs ?? 0, hadMs);
    const own = this.#own;
    const successor = plan.operated();
    successor.#takeOver(this);
    const secrets = plan.reports.secrets([this.a0, this.a1, this.a2, this.a3, this.a4, this.a5]);
    this.#givenUp = { because, requestId: context.requestId, secrets };
    this.clear();
    own?.giveUp(because);
    resolve!(new Continuation(() => successor.#continue(because, own)) as never);
  }

  /** Continues a dispatch that gave up on a promise. */
  #continue(because: Error, own: CallContext | undefined): Promise<Result> {
    const result = this.#promised();
    own?.abort();
    this.settle(this.#timedOut(because), true);
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
    this.#guarded = other.#guarded;
    this.#isOverdue = other.#isOverdue;
    this.#deadline = other.#deadline;
    if (this.#deadline) this.#deadline.dispatch = this;
    other.#deadline = undefined;
    this.watchdog.enter(this);
    this.since = other.since;
    this.isReported = other.isReported;
  }

  /** Counts a time-out. */
  #timedOut(error: Error): Error {
    this.plan.meter.counters[this.index]!.timeouts++;
    return error;
  }

  /** What a promise came to on which the dispatch had given up: nothing is made of it. */
  #late({ because, requestId, secrets }: GivenUp, answer: unknown, failed: boolean): void {
    // A callback that stopped because its signal fired did what it should.
    if (!failed || answer === because || isCancellation(answer)) return;
    this.plan.reports.late(this.index, caught(answer), requestId, secrets);
  }

  protected override clear(): void {
    if (this.#deadline) leave(this.#deadline);
    this.#own = this.#run = this.#deadline = this.#guarded = undefined;
    this.#isOverdue = false;
    super.clear();
  }
}

/** In the place of a result: the dispatch goes on. */
class Continuation {
  readonly #run: () => unknown;

  constructor(run: () => unknown) {
    this.#run = run;
  }

  /** The result, or what a continuation comes to. Results may be of modules, so they aren't asked for their class. */
  static outcomeOf(given: unknown): unknown {
    return typeof given === "object" && given !== null && #run in given ? given.#run() : given;
  }
}

const continued = (given: unknown) => Continuation.outcomeOf(given);

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
