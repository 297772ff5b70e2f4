import { copyInto, copyJson } from "../matrix/json.js";
import { isThenable } from "./answer-predicates.js";
import type { Budgets } from "./budgets.js";
import { CallContext } from "./call-context.js";
import { callbackTimeout } from "./callback-timeout.js";
import { NO_CONTEXT, type HookContext } from "./context.js";
import type { Call, ChainCallback } from "./contribution.js";
import { declaredParameters } from "./declared-parameters.js";
import type { AnyHook } from "./hook.js";
import type { WatchFunction } from "./legal-answers.js";
import type { Limit } from "./limit.js";
import type { Parameter } from "./parameter.js";

/** Logs that a function inside an answer has used up its budget. @param name as the log names it */
export type ReportLate = (name: string, error: Error, context: HookContext) => void;

/**
 * The call of a callback that has a budget: with a context of its own if it looks at its context, and with drafts of live
 * arguments, whose changes count only if it answers in time. Functions in its answer have the same budget. Where there
 * is none of these, the same call.
 */
export function withinLimit(
  { call, called }: ChainCallback,
  hook: AnyHook,
  limit: Limit,
  budgets: Budgets,
  reportLate: ReportLate,
): Call {
  const parameters = hook.parameters as readonly Parameter[];
  const bounded = boundingFunctions(call, hook, limit, budgets, reportLate);
  const live = liveOf(parameters);
  if (live.length > 0) return drafting(bounded, parameters.length, live, limit);
  return declaredParameters(called).count > parameters.length
    ? withOwnContext(bounded, parameters.length, limit)
    : bounded;
}

/** @param position where the context stands */
function withOwnContext(call: Call, position: number, limit: Limit): Call {
  return (a0, a1, a2, a3, a4, a5) => {
    const own = new CallContext((at(position, a0, a1, a2, a3, a4, a5) as HookContext | undefined) ?? NO_CONTEXT);
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

// Neither a rest parameter nor a list: they allocate on every call.
function at(position: number, a0: unknown, a1: unknown, a2: unknown, a3: unknown, a4: unknown, a5: unknown): unknown {
  switch (position) {
    case 0:
      return a0;
    case 1:
      return a1;
    case 2:
      return a2;
    case 3:
      return a3;
    case 4:
      return a4;
    default:
      return a5;
  }
}

function drafting(call: Call, position: number, live: readonly number[], limit: Limit): Call {
  return (...args) => {
    const own = new CallContext((args[position] as HookContext | undefined) ?? NO_CONTEXT);
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
  { answers, parameters, synchronous }: AnyHook,
  { queue, timeoutMs }: Limit,
  budgets: Budgets,
  reportLate: ReportLate,
): Call {
  const { functions } = answers;
  // What a synchronous answer does later may take its time: only the answer itself can be waited for.
  if (!functions || synchronous) return call;
  const position = (parameters as readonly Parameter[]).length;
  return (a0, a1, a2, a3, a4, a5) => {
    const context = (at(position, a0, a1, a2, a3, a4, a5) as HookContext | undefined) ?? NO_CONTEXT;
    const bound: WatchFunction = (later, { name, parameters: declared }) => {
      const live = liveOf(declared);
      return async (...given) => {
        const drafts = new Drafts(given, live);
        const returned = await budgets.within(queue, Promise.resolve(later(...drafts.args)), () => {
          const error = callbackTimeout(timeoutMs);
          reportLate(name, error, context);
          return error;
        });
        drafts.takeOver();
        return returned;
      };
    };
    const answer = call(a0, a1, a2, a3, a4, a5);
    return isThenable(answer) ? Promise.resolve(answer).then((one) => functions(one, bound)) : functions(answer, bound);
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

/** Where live arguments stand. */
function liveOf(parameters: readonly Parameter[]): number[] {
  return parameters.flatMap(({ mutable }, position) => (mutable ? [position] : []));
}
