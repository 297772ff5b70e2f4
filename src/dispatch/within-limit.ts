import { copyInto, copyJson } from "../matrix/json.js";
import { andThen } from "../hooks/and-then.js";
import { isThenable } from "../hooks/answer-predicates.js";
import { contextAt } from "../hooks/argument-at.js";
import type { Budgets } from "./budgets.js";
import { CallContext } from "./call-context.js";
import { callbackTimeout } from "./callback-timeout.js";
import type { HookContext } from "../hooks/context.js";
import type { Call, ChainCallback } from "../hooks/contribution.js";
import { declaredParameters } from "../hooks/declared-parameters.js";
import type { AnyHook } from "../hooks/hook.js";
import type { WatchFunction } from "../hooks/legal-answers.js";
import type { Limit } from "./limit.js";
import { liveOf, type Parameter } from "../hooks/parameter.js";

/** Logs that a function inside an answer has used up its budget. @param name as the log names it */
export type ReportLate = (name: string, error: Error, context: HookContext) => void;

/**
 * The call of a callback that has a budget: with a context of its own if it looks at its context, and with drafts of live
 * arguments, whose changes count only if it answers in time. Functions in its answer have the same budget. Where there
 * is none of these, the same call.
 */
export function withinLimit(
  { call, called, later }: ChainCallback,
  hook: AnyHook,
  limit: Limit,
  budgets: Budgets,
  reportLate: ReportLate,
): Call {
  const parameters = hook.parameters as readonly Parameter[];
  const bounded = boundingFunctions(call, hook, limit, budgets, (answer, name, error, context) => {
    later?.count(error, answer);
    reportLate(name, error, context);
  });
  const live = liveOf(parameters);
  if (live.length > 0) return drafting(bounded, hook, live, limit);
  return declaredParameters(called).count > parameters.length ? withOwnContext(bounded, hook, limit) : bounded;
}

function withOwnContext(call: Call, hook: AnyHook, limit: Limit): Call {
  limit.givesContexts = true;
  const contextOf = contextAt(hook);
  const position = (hook.parameters as readonly Parameter[]).length;
  return (a0, a1, a2, a3, a4, a5) => {
    const own = new CallContext(contextOf(a0, a1, a2, a3, a4, a5));
    const answer = call(
      position === 0 ? own : a0,
      position === 1 ? own : a1,
      position === 2 ? own : a2,
      position === 3 ? own : a3,
      position === 4 ? own : a4,
      position === 5 ? own : a5,
    );
    if (isThenable(answer)) limit.give(own);
    return answer;
  };
}

function drafting(call: Call, hook: AnyHook, live: readonly number[], limit: Limit): Call {
  limit.givesContexts = true;
  const contextOf = contextAt(hook);
  const position = (hook.parameters as readonly Parameter[]).length;
  return (...args) => {
    const own = new CallContext(contextOf(...args));
    const drafts = new Drafts(args.with(position, own), live);
    let answer: unknown;
    try {
      answer = call(...drafts.args);
    } catch (error) {
      // What it changed before it threw counts, as without a budget.
      drafts.takeOver();
      throw error;
    }
    if (isThenable(answer)) {
      limit.give(own);
      return Promise.resolve(answer).finally(() => {
        if (!own.isGivenUp) drafts.takeOver();
      });
    }
    drafts.takeOver();
    return answer;
  };
}

/** The same call; the functions in its answer are given up when they have used up the budget, too. */
function boundingFunctions(
  call: Call,
  hook: AnyHook,
  { queue, timeoutMs }: Limit,
  budgets: Budgets,
  givenUp: (answer: object, ...late: Parameters<ReportLate>) => void,
): Call {
  const { functions } = hook.answers;
  // What a synchronous answer does later may take its time: only the answer itself can be waited for.
  if (!functions || hook.synchronous) return call;
  const contextOf = contextAt(hook);
  return (a0, a1, a2, a3, a4, a5) => {
    const context = contextOf(a0, a1, a2, a3, a4, a5);
    const bound =
      (answer: unknown): WatchFunction =>
      (later, { name, parameters: declared }) => {
        const live = liveOf(declared);
        return async (...given) => {
          const drafts = new Drafts(given, live);
          const returned = await budgets.within(queue, Promise.resolve(later(...drafts.args)), () => {
            const error = callbackTimeout(timeoutMs);
            givenUp(answer as object, name, error, context);
            return error;
          });
          drafts.takeOver();
          return returned;
        };
      };
    return andThen(call(a0, a1, a2, a3, a4, a5), (answer) => functions(answer, bound(answer)));
  };
}

/** Arguments in which live ones are copies, until they are taken over. */
class Drafts {
  readonly args: unknown[];

  constructor(
    private readonly given: readonly unknown[],
    private readonly live: readonly number[],
  ) {
    this.args = given.map((arg, position) => (live.includes(position) ? copyJson(arg) : arg));
  }

  takeOver(): void {
    for (const position of this.live) copyInto(this.given[position], this.args[position]);
  }
}
