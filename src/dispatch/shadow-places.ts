import { copyJson } from "../matrix/json.js";
import { contextAt } from "../hooks/argument-at.js";
import { NO_CONTEXT, type HookContext } from "../hooks/context.js";
import type { Call, ChainCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Counters } from "./counters.js";
import type { Parameter } from "../hooks/parameter.js";
import type { ShadowedCall, ShadowRunner } from "./shadowed-dispatch.js";
import { AnswerIssue, Stop, type Step, type Strategy } from "../hooks/strategy.js";

/** What a chain is answered in the place of a callback in shadow: the call that's made later. */
export class ShadowPlace implements ShadowedCall {
  position = 0;
  settled: ShadowedCall["settled"] = undefined;
  readonly #counters: Counters;

  constructor(
    readonly callback: ChainCallback,
    readonly args: readonly unknown[],
    readonly context: HookContext,
    counters: Counters,
  ) {
    this.#counters = counters;
  }

  /** Whether an answer is one; no code of a module is run, which `instanceof` might. */
  static is(answer: unknown): answer is ShadowPlace {
    return typeof answer === "object" && answer !== null && #counters in answer;
  }

  count(result: string): void {
    const counted = (this.#counters.shadow ??= new Map());
    counted.set(result, (counted.get(result) ?? 0) + 1);
  }
}

/** The place of a callback in shadow: what may change before it runs is copied. */
export function shadowPlace(callback: ChainCallback, hook: AnyHook, counters: Counters): Call {
  const parameters = hook.parameters as readonly Parameter[];
  const copies = parameters.map(({ copy, mutable }) => (mutable ? copyJson : copy) as Call | undefined);
  const contextOf = contextAt(hook);
  return (...given) => {
    const args = given.slice(0, parameters.length + 1);
    for (const [position, copy] of copies.entries()) {
      if (copy && args[position] !== undefined) args[position] = copy(args[position]) ?? args[position];
    }
    return new ShadowPlace(callback, args, contextOf(...given), counters);
  };
}

/** The state of a dispatch that passes callbacks in shadow. */
class Shadowed<State> {
  readonly answers: unknown[] = [];
  readonly calls: ShadowedCall[] = [];
  context = NO_CONTEXT;

  constructor(public state: State) {}
}

/** The same strategy, which hands over each dispatch that passed callbacks in shadow, when it's over. */
export function withShadows<State, Result>(
  strategy: Strategy<State, Result>,
  chain: string,
  hook: AnyHook,
  runner: ShadowRunner,
): Strategy<Shadowed<State>, Result> {
  const enter = ({ answers, calls, context }: Shadowed<State>, outcome: { result: unknown } | { error: unknown }) => {
    if (calls.length > 0) runner.enter({ chain, hook, context, calls, answers, outcome });
  };
  const next = (shadowed: Shadowed<State>, outcome: State | Stop<Result>) => {
    if (outcome instanceof Stop) {
      enter(shadowed, { result: outcome.result });
      return outcome;
    }
    shadowed.state = outcome;
    return shadowed;
  };
  return {
    ...strategy,
    start: () => new Shadowed(strategy.start()),
    step(shadowed, answer): Step<Shadowed<State>, Result> {
      if (ShadowPlace.is(answer)) {
        answer.position = shadowed.answers.length;
        shadowed.calls.push(answer);
        shadowed.context = answer.context;
        return shadowed;
      }
      const step = strategy.step(shadowed.state, answer);
      shadowed.answers.push(answer);
      if (!(step instanceof AnswerIssue)) return next(shadowed, step);
      return new AnswerIssue(step.kind, step.expected, next(shadowed, step.outcome as State | Stop<Result>));
    },
    done(shadowed) {
      const result = strategy.done(shadowed.state);
      enter(shadowed, { result });
      return result;
    },
    failed: (shadowed, error) => enter(shadowed, { error }),
  };
}
