import { caught } from "../errors/caught.js";
import { andThen } from "../hooks/and-then.js";
import { contextAt } from "../hooks/argument-at.js";
import { withoutSecrets } from "../errors/without-secrets.js";
import { MatrixError } from "../matrix/matrix-error.js";
import { CallbackReports } from "./callback-reports.js";
import { keepingJson } from "./callback-wrappers.js";
import type { Call, ChainCallback } from "../hooks/contribution.js";
import { isRefusal, propagate } from "../hooks/failure-policy.js";
import type { AnyHook } from "../hooks/hook.js";
import type { WatchFunction } from "../hooks/legal-answers.js";
import type { Parameter } from "../hooks/parameter.js";
import { isCancelled } from "./cancellation.js";
import { presentable } from "./presentable.js";
import { secretsOf } from "../hooks/secrets-of.js";

/**
 * The same callback, whose answers contain watched functions. The homeserver calls these after the dispatch, so no
 * failure policy applies: their errors reach the operation.
 */
export function watchingFunctions(callback: ChainCallback, hook: AnyHook, chain: string): Call {
  const { functions } = hook.answers;
  const { call } = callback;
  if (!functions) return call;
  const reports = new CallbackReports(chain, hook, [callback]);
  const contextOf = contextAt(hook);
  return (...args) => {
    const context = contextOf(...args);
    const secrets = secretsOf(hook.parameters as readonly Parameter[], args);
    let watchedAnswer: unknown;
    const watch: WatchFunction = (later, { name, parameters, read }) => {
      const checked = keepingJson(later, parameters);
      return async (...given: unknown[]) => {
        // Before the function may have changed them.
        const known = [...secrets, ...secretsOf(parameters, given)];
        try {
          const returned = await checked(...given);
          return read ? read(returned) : returned;
        } catch (thrown) {
          const error = presentable(caught(thrown));
          const safe = withoutSecrets(error, known);
          const cancels = isCancelled(error, context);
          if (!cancels && !isRefusal(error, propagate)) callback.later?.count(error, watchedAnswer as object);
          reports.failedLater(0, name, safe, propagate.level(error, cancels), context);
          // A `MatrixError` is what the module wants the client to see.
          throw error instanceof MatrixError ? error : safe;
        }
      };
    };
    return andThen(call(...args), (answer) => (watchedAnswer = functions(answer, watch)));
  };
}
