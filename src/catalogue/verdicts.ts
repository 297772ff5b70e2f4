import { legal, type LegalAnswers } from "../hooks/legal-answers.js";
import type { Refusal } from "../hooks/refusal.js";
import { AnswerIssue, type Read } from "../hooks/strategy.js";
import { firstOther } from "../hooks/strategies.js";
import { isCode, type Code } from "../matrix/codes.js";
import { endsSession } from "../matrix/session-codes.js";
import { deny, Denial, FORBIDDEN, NOT_SPAM, type NotSpam, type Verdict } from "../matrix/verdict.js";
import { isPlainObject, jsonFault } from "../matrix/json.js";
import { DENIAL_PRIVACY } from "../matrix/privacy.js";

/** What a callback of a spam-checker hook may return. @public */
export type SpamAnswer = NotSpam | Code | Denial;

/** Which deprecated forms a hook accepts besides the current ones. */
export interface DeprecatedForms {
  /** The boolean that means "not spam"; the other one denies. Not the same in all hooks. */
  readonly passes?: boolean;
  /** A plain string denies, and is the message for the client. */
  readonly text?: true;
  /** A pair of code and fields denies. */
  readonly pair?: true;
}

/** What a client sees when a refusal replaces modules that can't answer. */
export const UNDECIDABLE = "This can't be decided at the moment";

const EXPECTED = "NOT_SPAM, a code such as Codes.FORBIDDEN, or deny(code, fields)";
const OTHER_CODE = "a code that leaves clients logged in, such as Codes.FORBIDDEN";

/** The message for the client when a `checkEventForSpam` callback returned something meaningless. */
const STOCK_DENIAL = new Denial(FORBIDDEN.code, "This message was rejected as probable spam", FORBIDDEN.fields);

const FIRST_DENIAL = {
  name: "first denial",
  summary:
    "The first callback that denies decides: the result is its `Denial`, and later callbacks aren't called. If all answer `NOT_SPAM`, so does the hook.",
};

/**
 * The answers of a hook that returns verdicts: the first denial is the result.
 *
 * @param illegal the denial for an answer that the hook doesn't know
 */
export function verdicts(forms: DeprecatedForms = {}, illegal: Denial = FORBIDDEN): LegalAnswers<SpamAnswer, Verdict> {
  const deprecated = deprecatedForms(forms);
  return legal(
    `\`NOT_SPAM\`, a code, or \`deny(code, fields)\`${deprecated && `; deprecated: ${deprecated}`}`,
    firstOther(FIRST_DENIAL, NOT_SPAM as Verdict, readVerdict(forms, illegal)),
    { kind: "verdict", privacy: DENIAL_PRIVACY },
  );
}

/** The answers of `checkEventForSpam`, which also accepts a plain string, and denies meaningless answers with a message. */
export const eventVerdicts = verdicts({ passes: false, pair: true, text: true }, STOCK_DENIAL);

/** The refusal for hooks that return verdicts, in place of a callback. */
export function forbidden(effect: string): Refusal<SpamAnswer> {
  return { answer: FORBIDDEN, effect };
}

function deprecatedForms({ passes, text, pair }: DeprecatedForms): string {
  return [
    ...(passes === undefined ? [] : [`${passes} (not spam)`, String(!passes)]),
    ...(text ? ["any other string"] : []),
    ...(pair ? ["`[code, fields]`"] : []),
  ].join(", ");
}

/** Reads a callback's answer. An unknown answer denies: a faulty checker isn't bypassed. */
function readVerdict(forms: DeprecatedForms, illegal: Denial): Read<Verdict> {
  const deprecated = (verdict: Verdict) => new AnswerIssue("deprecated", EXPECTED, verdict);
  return (answer) => {
    if (answer === NOT_SPAM) return NOT_SPAM;
    if (endsSession(answer)) return new AnswerIssue("illegal", OTHER_CODE, illegal);
    if (answer instanceof Denial) return readDenial(answer, illegal);
    if (isCode(answer)) return new Denial(answer, undefined, FORBIDDEN.fields);
    if (typeof answer === "boolean" && forms.passes !== undefined) {
      return deprecated(answer === forms.passes ? NOT_SPAM : FORBIDDEN);
    }
    if (typeof answer === "string" && forms.text)
      return deprecated(new Denial(FORBIDDEN.code, answer, FORBIDDEN.fields));
    if (forms.pair && isPair(answer)) {
      const [code, fields] = answer;
      if (endsSession(code) || endsSession(fields["errcode"])) return new AnswerIssue("illegal", OTHER_CODE, illegal);
      const denial = readDenial(deny(code, fields), illegal);
      return denial instanceof AnswerIssue ? denial : deprecated(denial);
    }
    return new AnswerIssue("illegal", EXPECTED, illegal);
  };
}

/** Reads a denial, whose members may differ from what its constructor accepted: classes can be extended, and forged. */
function readDenial(denial: Denial, illegal: Denial): Denial | AnswerIssue<Verdict> {
  const { code, error, fields } = denial;
  const fault = jsonFault(fields);
  if (fault !== undefined) return new AnswerIssue("illegal", `fields that JSON can carry; found ${fault}`, illegal);
  if (endsSession(code) || endsSession(fields["errcode"])) return new AnswerIssue("illegal", OTHER_CODE, illegal);
  if (!isCode(code) || !(error === undefined || typeof error === "string"))
    return new AnswerIssue("illegal", EXPECTED, illegal);
  return denial;
}

function isPair(answer: unknown): answer is [Code, Record<string, unknown>] {
  return Array.isArray(answer) && answer.length === 2 && isCode(answer[0]) && isPlainObject(answer[1]);
}
