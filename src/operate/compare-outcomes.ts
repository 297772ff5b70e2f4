import { isDeepStrictEqual } from "node:util";
import { isRefusal } from "../hooks/failure-policy.js";
import type { AnyHook } from "../hooks/hook.js";
import type { ShadowedDispatch } from "../dispatch/shadowed-dispatch.js";
import { AnswerIssue, Stop, type Strategy } from "../hooks/strategy.js";
import { MatrixError } from "../matrix/matrix-error.js";
import { Denial } from "../matrix/verdict.js";

/** What the homeserver receives from a dispatch, or what is thrown at it. */
export type Outcome = ShadowedDispatch["outcome"];

/** What a callback in shadow would change: nothing, a refusal, no refusal any more, or something else. */
export type Difference = "unchanged" | "refuses" | "allows" | "changes";

/**
 * What a dispatch would have come to with a further answer.
 *
 * @param answer of a callback that stands behind `position` answers
 * @throws {LigandError} `LIGAND_ANSWER_ILLEGAL` if the answer is illegal
 */
export function outcomeWith(
  { hook, answers, outcome }: Pick<ShadowedDispatch, "hook" | "answers" | "outcome">,
  position: number,
  answer: unknown,
): Outcome {
  const strategy = hook.strategy as Strategy<unknown, unknown>;
  let state = strategy.start();
  for (const each of answers.toSpliced(position, 0, answer)) {
    const step = strategy.step(state, each);
    const next: unknown = step instanceof AnswerIssue ? step.outcome : step;
    if (next instanceof Stop) return { result: next.result };
    state = next;
  }
  // A callback that ended the dispatch by an error stands behind all answers.
  return "error" in outcome ? outcome : { result: strategy.done(state) };
}

/** What is different between what a dispatch came to and what it would have come to. */
export function differenceBetween(hook: AnyHook, one: Outcome, other: Outcome): Difference {
  if (isSame(one, other)) return "unchanged";
  const [before, after] = [refuses(hook, one), refuses(hook, other)];
  if (before === after) return "changes";
  return after ? "refuses" : "allows";
}

function isSame(one: Outcome, other: Outcome): boolean {
  if ("error" in one || "error" in other) {
    const errors = [one, other].map((outcome) => ("error" in outcome ? outcome.error : undefined));
    const [first, second] = errors.map((error) =>
      error instanceof MatrixError ? [error.status, error.errcode, error.message, error.fields] : error,
    );
    return isDeepStrictEqual(first, second);
  }
  return isDeepStrictEqual(withoutFunctions(one.result), withoutFunctions(other.result));
}

/** What a function in an answer would do later isn't known: having one or none is all that can differ. */
function withoutFunctions(result: unknown): unknown {
  return Array.isArray(result)
    ? result.map((member: unknown) => (typeof member === "function" ? "function" : member))
    : result;
}

/** Whether a request is refused: by what the hook's denial comes to, or by an error that says so. */
function refuses({ refusal, failure, answers }: AnyHook, outcome: Outcome): boolean {
  if ("error" in outcome) return outcome.error instanceof Error && isRefusal(outcome.error, failure);
  const { result } = outcome;
  if (result instanceof Denial) return true;
  if (!refusal || !("answer" in refusal) || answers.kind === "verdict") return false;
  const [refused, actual] = [refusal.answer, result].map(
    (value: unknown) => (Array.isArray(value) ? value[0] : value) as unknown,
  );
  return refused === actual;
}
