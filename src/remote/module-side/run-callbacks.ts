import { LigandError } from "../../errors/ligand-error.js";
import { isThenable } from "../../hooks/answer-predicates.js";
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
 *
 * @param args the hook's own arguments, and the context
 */
export async function runCallbacks(
  hook: AnyHook,
  calls: readonly Call[],
  args: readonly unknown[],
  handles: Handles,
  request: Pick<IncomingRequest, "isCancelled">,
): Promise<CallbackAnswers> {
  const { strategy, parameters, shield } = hook;
  const answers: Wire[] = [];
  const [a0, a1, a2, a3, a4, a5] = args;
  let thrown: { readonly error: unknown } | undefined;
  for (const call of calls) {
    let answer: unknown;
    try {
      const returned = call(a0, a1, a2, a3, a4, a5);
      answer = isThenable(returned) ? await returned : returned;
      answers.push(encodeAnswer(answer, handles));
    } catch (error) {
      thrown = { error };
      break;
    }
    try {
      if (answer !== NOT_ASKED && endsRun(strategy, answer)) break;
    } catch (error) {
      // The chain judges a wrong answer again. One that throws when it's read can't be read there.
      if (!isIllegalAnswer(error)) {
        answers.pop();
        thrown = { error };
      }
      break;
    }
    // The caller of a cancelled request sees the cancellation, whatever the others would answer.
    if (shield && request.isCancelled) break;
  }
  const changed = changedOf(parameters as readonly Parameter[], args, handles);
  return {
    answers,
    ...(thrown && { thrown: encodeThrown(thrown.error) }),
    ...(changed && { changed }),
  };
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
