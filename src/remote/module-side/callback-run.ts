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
  /** Which callback is called next. */
  #next = 0;

  /** @param args the hook's own arguments, and the context */
  constructor(
    private readonly hook: AnyHook,
    private readonly calls: readonly Call[],
    private readonly args: readonly unknown[],
    private readonly handles: Handles,
    private readonly request: Pick<IncomingRequest, "isCancelled">,
  ) {}

  /** Calls the callbacks. @returns a promise only if one of them did */
  answers(): MaybePromise<CallbackAnswers> {
    const reached = this.#goOn();
    return reached instanceof Promise ? this.#follow(reached) : reached;
  }

  /** Calls callbacks until one returns a promise, which is what this returns then. */
  #goOn(): CallbackAnswers | Promise<unknown> {
    const [a0, a1, a2, a3, a4, a5] = this.args;
    while (this.#next < this.calls.length) {
      let answer: unknown;
      try {
        answer = this.calls[this.#next++]!(a0, a1, a2, a3, a4, a5);
        if (isThenable(answer)) return Promise.resolve(answer);
      } catch (error) {
        return this.#end({ error });
      }
      const end = this.#endWith(answer);
      if (end) return end;
    }
    return this.#end();
  }

  /** Waits for what {@link #goOn} returned, and goes on until it has come to an end: one promise for all of them. */
  async #follow(reached: CallbackAnswers | Promise<unknown>): Promise<CallbackAnswers> {
    while (reached instanceof Promise) {
      let answer: unknown;
      try {
        answer = await reached;
      } catch (error) {
        return this.#end({ error });
      }
      reached = this.#endWith(answer) ?? this.#goOn();
    }
    return reached;
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
    return {
      answers: this.#answers,
      thrown: thrown && encodeThrown(thrown.error),
      changed: changedOf(this.hook.parameters as readonly Parameter[], this.args, this.handles),
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
  let changed: Record<string, Wire> | undefined;
  for (let position = 0; position < parameters.length; position++) {
    if (!parameters[position]!.mutable || args[position] === undefined) continue;
    changed ??= {};
    try {
      changed[position] = encode(args[position], handles);
    } catch {
      // The argument stays as it was.
    }
  }
  return changed;
}
