import { caught } from "../errors/caught.js";
import { CallbackReports } from "../dispatch/callback-reports.js";
import { isCancelled } from "../dispatch/cancellation.js";
import type { ChainCallback, LateFailure } from "../hooks/contribution.js";
import type { FailurePolicy } from "../hooks/failure-policy.js";
import type { AnyHook } from "../hooks/hook.js";
import { presentable } from "../dispatch/presentable.js";

/**
 * What it leads to that the answer of a synchronous hook doesn't arrive: what its callback's failures lead to. The homeserver
 * has an answer by then, so having no opinion is an answer too.
 *
 * @param chain `Category.hook`
 */
export function lateFailure(
  callback: ChainCallback,
  hook: AnyHook,
  chain: string,
  failure: FailurePolicy,
): LateFailure {
  const reports = new CallbackReports(chain, hook, [callback]);
  return (thrown, context, args) => {
    const error = presentable(caught(thrown));
    const cancels = isCancelled(error, context);
    const outcome = failure.outcome(error, reports.describe(0), cancels, context);
    // What's thrown is logged and counted where it's thrown.
    if (outcome.kind === "propagate") throw outcome.error;
    if (!cancels) callback.later?.count(error);
    reports.failed(0, error, failure.level(error, cancels, context), context, args);
    return outcome.kind === "answer" ? outcome.value : hook.passing;
  };
}
