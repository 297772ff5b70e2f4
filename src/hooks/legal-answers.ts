import type { Privacy } from "../matrix/privacy.js";
import type { Strategy } from "./strategy.js";

/** What a result is, where that says how it crosses to Synapse; `value` where the hook has a form of its own. */
export type ResultKind = "verdict" | "boolean" | "nothing" | "value";

/**
 * The legal answers of a hook: what its callbacks may return, and how the answers of a chain combine.
 *
 * @typeParam Answer what a callback returns or promises
 * @typeParam Result what the homeserver receives or is promised
 */
export interface LegalAnswers<Answer, Result> {
  /** In the words of documentation. */
  readonly text: string;
  // The state is known to the strategy alone.
  readonly strategy: Strategy<any, Result>;
  readonly kind: ResultKind;
  /** Who may see the result; the same goes for answers. */
  readonly privacy: Privacy;
  /** Doesn't exist at run time; carries the type. */
  readonly answer?: Answer;
}

/** What may be said of legal answers beside their text and their strategy. */
type AnswerTraits = Partial<Pick<LegalAnswers<unknown, unknown>, "kind" | "privacy">>;

/** The legal answers of a hook; of the kind `value` and `body` unless said otherwise. */
export function legal<Answer, Result>(
  text: string,
  strategy: Strategy<any, Result>,
  { kind = "value", privacy = "body" }: AnswerTraits = {},
): LegalAnswers<Answer, Result> {
  return Object.freeze({ text, strategy, kind, privacy });
}

/** For hooks answered with true or false. */
export function yesOrNo(text: string, strategy: Strategy<any, boolean>): LegalAnswers<boolean, boolean> {
  return legal(text, strategy, { kind: "boolean", privacy: "public" });
}

/** For hooks that only notify callbacks. */
export function nothing(strategy: Strategy<any, void>, text = "nothing"): LegalAnswers<void, void> {
  return legal(text, strategy, { kind: "nothing", privacy: "public" });
}
