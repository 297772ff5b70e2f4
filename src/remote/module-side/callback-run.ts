import { isThenable } from "../../hooks/answer-predicates.js";
import type { MaybePromise } from "../../hooks/context.js";
import type { Call } from "../../hooks/contribution.js";
import type { AnyHook } from "../../hooks/hook.js";
import { NOT_ASKED } from "../../hooks/narrowing.js";
import type { Parameter } from "../../hooks/parameter.js";
import { AnswerIssue, Stop, type Strategy } from "../../hooks/strategy.js";
import type { IncomingRequest } from "../wire/incoming-request.js";
import type { CallbackAnswers } from "../wire/process-protocol.js";
import type { Wire } from "../wire/protocol.js";
import { encodeAnswer, encodeThrown } from "../wire/raw-answers.js";
import { encode } from "../wire/wire.js";
import type { Handles } from "../wire/wire-forms.js";

/**
 * Calls callbacks as a chain would, until one decides or fails: what becomes of that is up to the chain. Whether an answer
 * decides doesn't depend on those before it.
 */
export class CallbackRun {
  readonly #answers: Wire[] = [];

  /** @param args the hook's own arguments, and the context */
  constructor(
    private readonly hook: AnyHook,
    private readonly calls: readonly Call[],
    private readonly args: readonly unknown[],
    private readonly handles: Handles,
    private readonly request: Pick<IncomingRequest, "isCancelled">,
  ) {}

  /** Calls the callbacks from a place on. @returns a promise only if one of them did */
  from(first: number): MaybePromise<CallbackAnswers> {
    const [a0, a1, a2, a3, a4, a5] = this.args;
    for (let index = first; index < this.calls.length; index++) {
      try {
        const answer = this.calls[index]!(a0, a1, a2, a3, a4, a5);
        if (isThenable(answer)) {
          return Promise.resolve(answer).then(
            (later) => (this.#isLast(later) ? this.#end() : this.from(index + 1)),
            (error: unknown) => this.#end({ error }),
          );
        }
        if (this.#isLast(answer)) break;
      } catch (error) {
        return this.#end({ error });
      }
    }
    return this.#end();
  }

  #isLast(answer: unknown): boolean {
    this.#answers.push(encodeAnswer(answer, this.handles));
    if (answer !== NOT_ASKED && endsRun(this.hook.strategy, answer)) return true;
    // The caller of a cancelled request sees the cancellation, whatever the others would answer.
    return this.hook.shield && this.request.isCancelled;
  }

  #end(thrown?: { readonly error: unknown }): CallbackAnswers {
    const changed = changedOf(this.hook.parameters as readonly Parameter[], this.args, this.handles);
    return {
      answers: this.#answers,
      ...(thrown && { thrown: encodeThrown(thrown.error) }),
      ...(changed && { changed }),
    };
  }
}

/** Whether an answer decides, or is so wrong that it counts as a failure. */
function endsRun(strategy: Strategy<unknown, unknown>, answer: unknown): boolean {
  if ("pass" in strategy && answer === strategy.pass) return false;
  try {
    const step = strategy.step(strategy.start(), answer);
    return step instanceof Stop || (step instanceof AnswerIssue && step.outcome instanceof Stop);
  } catch {
    return true;
  }
}

/** The arguments that callbacks may change, as far as they can leave the process: what can't has failed its callback. */
function changedOf(
  parameters: readonly Parameter[],
  args: readonly unknown[],
  handles: Handles,
): Record<string, Wire> | undefined {
  const live = parameters.flatMap(({ mutable }, position) =>
    mutable && args[position] !== undefined ? [position] : [],
  );
  if (live.length === 0) return undefined;
  const changed: Record<string, Wire> = {};
  for (const position of live) {
    try {
      changed[position] = encode(args[position], handles);
    } catch {
      // The argument stays as it was.
    }
  }
  return changed;
}
