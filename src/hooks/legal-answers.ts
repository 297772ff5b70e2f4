import type { Privacy } from "../matrix/privacy.js";
import type { Parameter } from "./parameter.js";
import type { Strategy } from "./strategy.js";

/** What a result is, where that says how it crosses to Synapse; `value` where the hook has a form of its own. */
export type ResultKind = "verdict" | "boolean" | "nothing" | "value";

/** A function inside an answer. */
export interface AnsweredFunction {
  /** As the log names it. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** Reads what it returned or promised. Throws `LIGAND_ANSWER_ILLEGAL` for what it mustn't return. */
  readonly read?: (returned: unknown) => unknown;
}

/**
 * The answer with each function in it replaced by what `watch` makes of it. Other answers are returned unchanged,
 * illegal ones included: the strategy judges them.
 */
export type AnsweredFunctions = (answer: unknown, watch: WatchFunction) => unknown;

/** The same function, whose errors are logged as those of its callback are. It always returns a promise. */
export type WatchFunction = (
  call: (...args: any[]) => unknown,
  declared: AnsweredFunction,
) => (...args: unknown[]) => Promise<any>;

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
  /** Finds the functions inside an answer, which the homeserver calls later. */
  readonly functions?: AnsweredFunctions;
  /** Doesn't exist at run time; carries the type. */
  readonly answer?: Answer;
}

/** What may be said of legal answers beside their text and their strategy. */
type AnswerTraits = Partial<Pick<LegalAnswers<unknown, unknown>, "kind" | "privacy" | "functions">>;

/** The legal answers of a hook; of the kind `value` and `body` unless said otherwise. */
export function legal<Answer, Result>(
  text: string,
  strategy: Strategy<any, Result>,
  { kind = "value", privacy = "body", functions }: AnswerTraits = {},
): LegalAnswers<Answer, Result> {
  return Object.freeze({ text, strategy, kind, privacy, ...(functions && { functions }) });
}

/** For hooks answered with true or false. */
export function yesOrNo(text: string, strategy: Strategy<any, boolean>): LegalAnswers<boolean, boolean> {
  return legal(text, strategy, { kind: "boolean", privacy: "public" });
}

/** For hooks that only notify callbacks. */
export function nothing(strategy: Strategy<any, void>, text = "nothing"): LegalAnswers<void, void> {
  return legal(text, strategy, { kind: "nothing", privacy: "public" });
}
