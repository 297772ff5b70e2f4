import { LigandError } from "../errors/ligand-error.js";
import { isThenable } from "../hooks/answer-predicates.js";
import type { HookContext, MaybePromise } from "../hooks/context.js";
import type { ChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import { cancelled } from "./cancellation.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import { Plan, type SharedParts } from "./plan.js";
import { CALLBACK, RUNNING, STEPS } from "./running-callback.js";
import type { ShadowRunner } from "./shadowed-dispatch.js";
import { Stop } from "../hooks/strategy.js";

// V8 folds constants of the file, and loads imported ones each time.
const running = RUNNING;
const [callback, steps] = [CALLBACK, STEPS] as const;
const notAsked = NOT_ASKED;

/**
 * A hook's callbacks in config order, and the synchronous half of a dispatch; `PendingDispatch` is the other half. The
 * callbacks are replaced together: a dispatch reads the plan once and keeps it while it waits.
 */
export class Chain<State = unknown, Result = unknown> {
  #plan: Plan<State, Result>;
  #isStopped = false;

  /** @param name `Category.hook`, as logs and metrics name it. */
  constructor(
    readonly name: string,
    private readonly hook: AnyHook,
    private readonly shared: SharedParts,
  ) {
    this.#plan = new Plan(name, hook, [], shared);
  }

  get plan(): Plan<State, Result> {
    return this.#plan;
  }

  /**
   * Replaces the callbacks. A dispatch that waits keeps those it started with; what stays is counted on.
   *
   * @param shadows runs the callbacks that are in shadow
   */
  setCallbacks(callbacks: readonly ChainCallback[], shadows?: ShadowRunner): void {
    // Most hooks of most hosts stay empty.
    if (callbacks.length === 0 && this.#plan.calls.length === 0) return;
    this.#plan = new Plan(this.name, this.hook, callbacks, this.shared, this.#plan, shadows);
  }

  /** Makes the plan again, after something has changed that all chains share. */
  renew(): void {
    this.setCallbacks(this.#plan.callbacks, this.#plan.shadows);
  }

  /** From now on a dispatch throws `LIGAND_HOST_STOPPED`. Pending ones finish normally. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Calls the callbacks. Returns a promise only if one of them did.
   *
   * Arguments are slots rather than a list, because rest and spread allocate on every dispatch; no hook has more than
   * five, and the context follows the last.
   */
  run(
    context: HookContext,
    a0?: unknown,
    a1?: unknown,
    a2?: unknown,
    a3?: unknown,
    a4?: unknown,
    a5?: unknown,
  ): MaybePromise<Result> {
    if (this.#isStopped) throw new LigandError("LIGAND_HOST_STOPPED", `${this.name} was called after the host stopped`);
    const plan = this.#plan;
    const { pass, meter, first } = plan;
    const { length } = plan.calls;
    if (length === 0) return plan.emptyResult();
    if (plan.isCancelled(context)) throw cancelled(context);
    const calls = meter.begin() ? plan.timedCalls : plan.calls;
    let state = plan.start();
    let index = 0;
    // A callback may call a hook itself, and continue afterwards.
    const caller = running[callback]!;
    running[steps]!++;
    for (;;) {
      // One try around the whole loop: entering one per callback would cost, and the index says whose error it was.
      try {
        for (; index < length; index++) {
          running[callback] = first + index;
          const answer = calls[index]!(a0, a1, a2, a3, a4, a5);
          if (answer !== pass) {
            if (isThenable(answer)) {
              const promise = Promise.resolve(answer);
              running[callback] = caller;
              return plan.pending(context).begin(promise, context, index, state, calls, a0, a1, a2, a3, a4, a5);
            }
            if (answer === notAsked) {
              meter.counters[index]!.notAsked++;
              continue;
            }
            const outcome = plan.judge.answered(answer, index, context, state);
            if (outcome instanceof Stop) {
              running[callback] = caller;
              meter.left[index]!++;
              return outcome.result;
            }
            state = outcome;
          }
        }
        break;
      } catch (error) {
        running[callback] = caller;
        // The dispatch has left, unless the failure policy continues.
        meter.left[index]!++;
        const outcome = plan.judge.failed(error, index, context, state, [a0, a1, a2, a3, a4, a5]);
        if (outcome instanceof Stop) return outcome.result;
        meter.left[index]!--;
        state = outcome;
        index++;
      }
    }
    running[callback] = caller;
    return plan.done(state);
  }
}
