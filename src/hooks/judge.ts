import { caught } from "../errors/caught.js";
import { CancelledError, isCancellation } from "../errors/cancelled-error.js";
import type { CallbackReports } from "./callback-reports.js";
import type { HookContext } from "./context.js";
import type { RegisteredCallback } from "./contribution.js";
import type { AnyHook } from "./hook.js";
import type { Meter } from "./meter.js";
import type { Observation, Observer } from "./observer.js";
import { presentable } from "./presentable.js";
import { AnswerIssue, Stop, type Strategy } from "./strategy.js";

/** Turns what a callback returns or throws into the dispatch's next state, or its end. Notifies the log and the observer. */
export class Judge<State, Result> {
  readonly #strategy: Strategy<State, Result>;

  constructor(
    private readonly chain: string,
    private readonly hook: AnyHook,
    private readonly callbacks: readonly RegisteredCallback[],
    private readonly meter: Meter,
    private readonly reports: CallbackReports,
    private readonly observer: Observer | undefined,
  ) {
    this.#strategy = hook.strategy as Strategy<State, Result>;
  }

  /** Throws what the strategy throws for an illegal answer, which counts as the callback's failure. */
  answered(answer: unknown, index: number, context: HookContext, state: State): State | Stop<Result> {
    const outcome = this.#step(answer, index, context, state);
    if (this.observer) {
      const decided = outcome instanceof Stop;
      this.#observe(index, context, () => ({ decided, answer: decided ? outcome.result : answer }));
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
    this.meter.failures[index]!++;
    const error = presentable(caught(thrown));
    const { failure } = this.hook;
    this.reports.failed(index, error, failure.level(error), context, args);
    const policy = failure.outcome(error, this.reports.describe(index));
    const outcome = policy.kind === "answer" ? this.#step(policy.value, index, context, state) : state;
    const decided = policy.kind === "propagate" || outcome instanceof Stop;
    this.#observe(index, context, () => ({ decided, error: this.reports.safe(error, args) }));
    if (policy.kind === "propagate") throw policy.error;
    return outcome;
  }

  #step(answer: unknown, index: number, context: HookContext, state: State): State | Stop<Result> {
    const step = this.#strategy.step(state, answer);
    if (!(step instanceof AnswerIssue)) return step;
    this.reports.remarked(index, step, answer, context);
    return step.outcome as State | Stop<Result>;
  }

  /** An observer belongs to the homeserver: its errors aren't failures of the callback. */
  #observe(index: number, context: HookContext, see: () => Pick<Observation, "decided" | "answer" | "error">): void {
    if (!this.observer) return;
    const { module, name } = this.callbacks[index]!;
    try {
      this.observer(Object.freeze({ hook: this.chain, module: module.id, callback: name, context, ...see() }));
    } catch (error) {
      this.reports.observerFailed(index, error, context);
    }
  }
}

/**
 * What the caller of a cancelled dispatch sees, whatever the callback did.
 *
 * @param error what the callback threw, if it did
 */
export function cancelled({ signal, requestId }: HookContext, error?: unknown): unknown {
  if (isCancellation(error)) return error;
  return new CancelledError(requestId === undefined ? undefined : `request ${requestId} was cancelled`, {
    cause: error ?? signal?.reason,
  });
}
