import { isThenable } from "../hooks/answer-predicates.js";
import { contextAt } from "../hooks/argument-at.js";
import type { HookContext } from "../hooks/context.js";
import type { Call } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import { noteLeftOut } from "../dispatch/recording.js";
import type { CircuitBreaker } from "./circuit-breaker.js";
import { outcomeOf, type FailureWishesOf } from "./failure-wishes.js";

/** The same call behind a circuit breaker. While that's open, what failures lead to stands in. */
export function guardCall(call: Call, hook: AnyHook, breaker: CircuitBreaker, wishes: FailureWishesOf): Call {
  const contextOf = contextAt(hook);
  return (a0, a1, a2, a3, a4, a5) => {
    const period = breaker.admit();
    try {
      if (period === undefined) return standIn(hook, wishes, contextOf(a0, a1, a2, a3, a4, a5));
      if (period !== breaker.trial) return call(a0, a1, a2, a3, a4, a5);
      return tried(() => call(a0, a1, a2, a3, a4, a5), breaker, contextOf(a0, a1, a2, a3, a4, a5));
    } finally {
      // Afterwards: the callback may have called its hook itself.
      breaker.current = period;
    }
  };
}

function standIn(hook: AnyHook, wishes: FailureWishesOf, { origin = "local" }: HookContext): unknown {
  const wish = wishes[origin];
  const outcome = wish === "default" ? hook.failure.outcome(undefined, "") : outcomeOf(hook, wish, undefined);
  if (outcome.kind === "skip") return NOT_ASKED;
  noteLeftOut();
  if (outcome.kind === "propagate") throw outcome.error;
  return outcome.value;
}

/** One call that finds out whether the callback works again. */
function tried(call: () => unknown, breaker: CircuitBreaker, { signal }: HookContext): unknown {
  const trial = breaker.trial!;
  // Only the chain knows whether an answer is illegal, or an error a refusal. It has judged it by the next turn of the event
  // loop: what stands between, such as a timeout or a shadow, takes some microtasks.
  const ended = () => setImmediate(() => breaker.ended(trial, signal?.aborted ? undefined : true));
  try {
    const answer = call();
    if (!isThenable(answer)) {
      ended();
      return answer;
    }
    const promise = Promise.resolve(answer);
    void promise.then(ended, ended);
    return promise;
  } catch (error) {
    ended();
    throw error;
  }
}
