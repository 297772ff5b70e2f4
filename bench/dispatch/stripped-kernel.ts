import type { RoomEvent } from "ligand";
import { isThenable } from "#src/hooks/answer-predicates.js";
import { NO_CONTEXT, type HookContext } from "#src/hooks/context.js";
import type { FailurePolicy } from "#src/hooks/failure-policy.js";
import { AnswerIssue, Stop, type Strategy } from "#src/hooks/strategy.js";

type Callback = (event: RoomEvent, context: HookContext) => unknown;

/**
 * Ligand's maybe-sync dispatch without its always-on extras: strategy, failure policy and the attribution of errors are
 * there; counters, sampled timing, the watchdog, cancellation and reports are not. The distance to Ligand is what
 * the extras cost.
 */
export function strippedKernel(
  callbacks: readonly Callback[],
  strategy: Strategy<unknown, unknown>,
  failure: FailurePolicy,
): (event: RoomEvent, context?: HookContext) => unknown {
  const { pass } = strategy;
  const length = callbacks.length;
  const empty = strategy.done(strategy.start());

  function dispatch(event: RoomEvent, context: HookContext = NO_CONTEXT): unknown {
    if (length === 0) return empty;
    let state = strategy.start();
    let index = 0;
    for (;;) {
      try {
        for (; index < length; index++) {
          const answer = callbacks[index]!(event, context);
          if (answer === pass) continue;
          if (isThenable(answer)) return walkOn(event, context, state, index, answer);
          const outcome = settle(strategy.step(state, answer));
          if (outcome instanceof Stop) return outcome.result;
          state = outcome;
        }
        return strategy.done(state);
      } catch (error) {
        const outcome = fail(error, index, state);
        if (outcome instanceof Stop) return outcome.result;
        state = outcome;
        index++;
      }
    }
  }

  async function walkOn(
    event: RoomEvent,
    context: HookContext,
    initial: unknown,
    first: number,
    promise: PromiseLike<unknown>,
  ): Promise<unknown> {
    let state = initial;
    for (let index = first; index < length; index++) {
      let outcome: unknown;
      try {
        let answer = index === first ? promise : callbacks[index]!(event, context);
        if (isThenable(answer)) answer = await answer;
        if (answer === pass) continue;
        outcome = settle(strategy.step(state, answer));
      } catch (error) {
        outcome = fail(error, index, state);
      }
      if (outcome instanceof Stop) return outcome.result;
      state = outcome;
    }
    return strategy.done(state);
  }

  function settle(step: unknown): unknown {
    return step instanceof AnswerIssue ? step.outcome : step;
  }

  function fail(error: unknown, index: number, state: unknown): unknown {
    const outcome = failure.outcome(error, `callback ${index}`);
    if (outcome.kind === "propagate") throw outcome.error;
    return outcome.kind === "skip" ? state : settle(strategy.step(state, outcome.value));
  }

  return dispatch;
}
