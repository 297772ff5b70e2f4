import { caught } from "../errors/caught.js";
import { isRepeated } from "../errors/repeated.js";
import { isUncalled } from "./callback-timeout.js";
import { isCancelled } from "./cancellation.js";
import type { CallbackReports } from "./callback-reports.js";
import type { HookContext } from "./context.js";
import type { ChainCallback } from "./contribution.js";
import { isRefusal, type FailurePolicy } from "./failure-policy.js";
import type { AnyHook } from "./hook.js";
import type { Meter } from "./meter.js";
import type { Notify } from "./notify-observer.js";
import { presentable } from "./presentable.js";
import { ShadowPlace } from "./shadow-places.js";
import { illegalAnswer } from "./strategies.js";
import { AnswerIssue, Stop, type Strategy } from "./strategy.js";

/** Turns what a callback returns or throws into the dispatch's next state, or its end. Notifies the log and the observer. */
export class Judge<State, Result> {
  constructor(
    private readonly hook: AnyHook,
    private readonly callbacks: readonly ChainCallback[],
    private readonly meter: Meter,
    private readonly reports: CallbackReports,
    private readonly strategy: Strategy<State, Result>,
    private readonly notify: Notify | undefined,
  ) {}

  /** Throws what the strategy throws for an illegal answer, which counts as the callback's failure. */
  answered(answer: unknown, index: number, context: HookContext, state: State): State | Stop<Result> {
    const outcome = this.#step(answer, index, context, state);
    if (this.notify && !ShadowPlace.is(answer)) {
      const decided = outcome instanceof Stop;
      this.notify(index, context, () => ({ decided, answer: decided ? outcome.result : answer }));
    }
    return outcome;
  }

  /** Applies the failure policy. Throws if the policy rethrows the error. */
  failed(
    thrown: unknown,
    index: number,
    context: HookContext,
    state: State,
    args: readonly unknown[],
  ): State | Stop<Result> {
    const error = presentable(caught(thrown));
    const cancels = isCancelled(error, context);
    const failure = this.#policyFor(error, cancels, index);
    const level = isRepeated(error) ? "debug" : failure.level(error, cancels, context);
    this.reports.failed(index, error, level, context, args);
    const policy = failure.outcome(error, this.reports.describe(index), cancels, context);
    const outcome = policy.kind === "answer" ? this.#step(policy.value, index, context, state) : state;
    const decided = policy.kind === "propagate" || outcome instanceof Stop;
    this.notify?.(index, context, () => ({ decided, error: this.reports.safe(error, args) }));
    if (policy.kind === "propagate") {
      // A cancelled dispatch came to nothing that a callback in shadow could be compared with.
      if (!cancels) this.strategy.failed?.(state, policy.error);
      throw policy.error;
    }
    return outcome;
  }

  /**
   * What an error leads to. A cancellation is no failure, nor is a refusal that the hook lets a callback throw: neither is
   * counted, and a policy of the callback's own doesn't replace them.
   */
  #policyFor(error: Error, cancels: boolean, index: number): FailurePolicy {
    const declared = this.hook.failure;
    if (cancels || isRefusal(error, declared)) return declared;
    const { failure = declared, failed } = this.callbacks[index]!;
    this.meter.counters[index]!.failures++;
    if (!isUncalled(error)) failed?.(error);
    return failure;
  }

  #step(answer: unknown, index: number, context: HookContext, state: State): State | Stop<Result> {
    const step = this.strategy.step(state, answer);
    if (!(step instanceof AnswerIssue)) return step;
    // Where failures lead to what an administrator wants, an illegal answer is one, whatever it would stand for.
    if (step.kind === "illegal" && this.callbacks[index]!.failure) throw illegalAnswer(answer, step.expected);
    this.reports.remarked(index, step, answer, context);
    return step.outcome as State | Stop<Result>;
  }
}
