import { LigandError } from "../errors/ligand-error.js";
import { jsonFault } from "../matrix/json.js";
import { andThen } from "../hooks/and-then.js";
import { isThenable } from "../hooks/answer-predicates.js";
import type { Call, RegisteredCallback } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Parameter } from "../hooks/parameter.js";
import { illegalAnswer } from "../hooks/strategies.js";

/**
 * Wraps a callback's call, once, when its chain is built.
 *
 * @param hook `Category.hook`
 */
export type WrapCall = (call: Call, callback: RegisteredCallback, hook: string) => Call;

/** The same call, with the arguments and answers that the hook's declaration requires. */
export function asDeclared(call: Call, { synchronous, parameters }: AnyHook): Call {
  return copying(keepingJson(synchronous ? atOnce(call) : call, parameters), parameters);
}

/** The same call, with its own copy of each argument that the hook copies. */
export function copying(call: Call, parameters: readonly Parameter[]): Call {
  const copies = parameters.map(({ copy }) => (copy ? unlessLeftOut(copy as (value: unknown) => unknown) : same));
  if (copies.every((copy) => copy === same)) return call;
  const [c0 = same, c1 = same, c2 = same, c3 = same, c4 = same] = copies;
  return (a0, a1, a2, a3, a4, a5) => call(c0(a0), c1(a1), c2(a2), c3(a3), c4(a4), a5);
}

/** The same call; returning a promise counts as a failure. */
export function atOnce(call: Call): Call {
  return (a0, a1, a2, a3, a4, a5) => {
    const answer = call(a0, a1, a2, a3, a4, a5);
    if (!isThenable(answer)) return answer;
    // Nothing awaits it: its rejection must not end the process.
    answer.then(undefined, () => undefined);
    throw illegalAnswer(answer, "an immediate answer, from a method that isn't async");
  };
}

/** An argument that no callback looks at may be missing. */
function unlessLeftOut(copy: (value: unknown) => unknown): (value: unknown) => unknown {
  return (value) => (value === undefined ? undefined : copy(value));
}

/**
 * The same call, which fails if it leaves a live argument that JSON can't carry: callbacks' changes to live arguments
 * count.
 */
export function keepingJson(call: Call, parameters: readonly Parameter[]): Call {
  const live = parameters.flatMap(({ mutable, name }, position) => (mutable ? [{ name, position }] : []));
  if (live.length === 0) return call;
  return (...args) => {
    const check = (answer: unknown) => {
      for (const { name, position } of live) {
        // Left out where no callback looks at it.
        const fault = args[position] === undefined ? undefined : jsonFault(args[position]);
        if (fault !== undefined) throw uncarriable(name, fault);
      }
      return answer;
    };
    return andThen(call(...args), check);
  };
}

function uncarriable(parameter: string, fault: string): LigandError {
  return new LigandError(
    "LIGAND_ANSWER_ILLEGAL",
    `the callback put something into ${parameter} that JSON can't carry: ${fault}`,
  );
}

function same(value: unknown): unknown {
  return value;
}
