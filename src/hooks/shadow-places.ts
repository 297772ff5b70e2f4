import { copyJson } from "../matrix/json.js";
import { contextAt } from "./argument-at.js";
import { NO_CONTEXT, type HookContext } from "./context.js";
import type { Call, ChainCallback } from "./contribution.js";
import type { AnyHook } from "./hook.js";
import type { Counters } from "./counters.js";
import type { Parameter } from "./parameter.js";
import type { ShadowedCall, ShadowRunner } from "./shadowed-dispatch.js";
import { AnswerIssue, Stop, type Step, type Strategy } from "./strategy.js";

/** What a chain calls, and is answered, in the place of a callback in shadow. */
export class ShadowPlace {
  readonly #call: Omit<ShadowedCall, "position">;

  constructor(
    call: Omit<ShadowedCall, "position">,
    readonly context: HookContext,
  ) {
    this.#call = call;
  }

  /** Whether an answer is one; no code of a module is run, which `instanceof` might. */
  static is(answer: unknown): answer is ShadowPlace {
    return typeof answer === "object" && answer !== null && #call in answer;
  }

  after(answers: number): ShadowedCall {
    return { ...this.#call, position: answers };
  }
}

/** The place of a callback in shadow: what may change before it runs is copied. */
export function shadowPlace(callback: ChainCallback, hook: AnyHook, counters: Counters): Call {
  const parameters = hook.parameters as readonly Parameter[];
  const copies = parameters.map(({ copy, mutable }) => (mutable ? copyJson : copy) as Call | undefined);
  const count = (result: string) => {
    const counted = (counters.shadow ??= new Map());
    counted.set(result, (counted.get(result) ?? 0) + 1);
  };
  const contextOf = contextAt(hook);
  return (...given) => {
    const args = given
      .slice(0, parameters.length + 1)
      .map((arg, position) => (arg === undefined ? undefined : (copies[position]?.(arg) ?? arg)));
    return new ShadowPlace({ callback, args, count }, contextOf(...given));
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
        shadowed.calls.push(answer.after(shadowed.answers.length));
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
