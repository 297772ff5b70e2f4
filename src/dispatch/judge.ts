import { caught } from "../errors/caught.js";
import { isRepeated } from "../errors/repeated.js";
import { isUncalled } from "./callback-timeout.js";
import { isCancelled } from "./cancellation.js";
import type { CallbackReports } from "./callback-reports.js";
import type { HookContext } from "../hooks/context.js";
import type { ChainCallback } from "../hooks/contribution.js";
import { isRefusal } from "../hooks/failure-policy.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Meter } from "./meter.js";
import type { Notify } from "./notify-observer.js";
import { presentable } from "./presentable.js";
import { ShadowPlace } from "./shadow-places.js";
import { illegalAnswer } from "../hooks/strategies.js";
import { AnswerIssue, Stop, type Strategy } from "../hooks/strategy.js";

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
    // A cancellation is no failure, nor is a refusal that the hook lets a callback throw: neither is counted, and a policy of
    // the callback's own doesn't replace them.
    const isFailure = !cancels && !isRefusal(error, this.hook.failure);
    const callback = this.callbacks[index]!;
    const failure = (isFailure && callback.failure) || this.hook.failure;
    const level = isRepeated(error) ? "debug" : failure.level(error, cancels, context);
    if (isFailure) this.meter.counters[index]!.failures++;
    this.reports.failed(index, error, level, context, args);
    // After its line in the log: what this one leads to, such as that a circuit breaker opens, is logged as well.
    if (isFailure && !isUncalled(error)) callback.guard?.failed(error);
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

  #step(answer: unknown, index: number, context: HookContext, state: State): State | Stop<Result> {
    const step = this.strategy.step(state, answer);
    if (!(step instanceof AnswerIssue)) return step;
    // Where failures lead to what an administrator wants, an illegal answer is one, whatever it would stand for.
    if (step.kind === "illegal" && this.callbacks[index]!.failure) throw illegalAnswer(answer, step.expected);
    this.reports.remarked(index, step, answer, context);
    return step.outcome as State | Stop<Result>;
  }
}
