import { LigandError } from "../../errors/ligand-error.js";
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
      let answer: unknown;
      try {
        answer = this.calls[index]!(a0, a1, a2, a3, a4, a5);
        if (isThenable(answer)) {
          return Promise.resolve(answer).then(
            (later) => this.#endWith(later) ?? this.from(index + 1),
            (error: unknown) => this.#end({ error }),
          );
        }
      } catch (error) {
        return this.#end({ error });
      }
      const end = this.#endWith(answer);
      if (end) return end;
    }
    return this.#end();
  }

  /** What the callbacks came to, if no other is called after this answer. */
  #endWith(answer: unknown): CallbackAnswers | undefined {
    this.#answers.push(encodeAnswer(answer, this.handles));
    try {
      if (answer !== NOT_ASKED && endsRun(this.hook.strategy, answer)) return this.#end();
    } catch (error) {
      // The chain judges a wrong answer again. One that throws when it's read can't be read there.
      if (isIllegalAnswer(error)) return this.#end();
      this.#answers.pop();
      return this.#end({ error });
    }
    // The caller of a cancelled request sees the cancellation, whatever the others would answer.
    return this.hook.shield && this.request.isCancelled ? this.#end() : undefined;
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

/** Whether an answer decides. @throws {LigandError} `LIGAND_ANSWER_ILLEGAL` for a wrong one; what reading it throws. */
function endsRun(strategy: Strategy<unknown, unknown>, answer: unknown): boolean {
  if ("pass" in strategy && answer === strategy.pass) return false;
  const step = strategy.step(strategy.start(), answer);
  return step instanceof Stop || (step instanceof AnswerIssue && step.outcome instanceof Stop);
}

function isIllegalAnswer(error: unknown): boolean {
  return error instanceof LigandError && error.code === "LIGAND_ANSWER_ILLEGAL";
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
