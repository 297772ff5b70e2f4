import type { DecisionRecord, ErrorRecord, Recorded } from "../decisions/decision-record.js";
import { REDACTED } from "../errors/redact.js";
import { isRefusal } from "../hooks/failure-policy.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Code } from "../matrix/codes.js";
import { isPlainObject } from "../matrix/json.js";
import { MatrixError } from "../matrix/matrix-error.js";
import { NOT_SPAM } from "../matrix/verdict.js";
import { together, type Comparison, type RecordComparer } from "./compare-recorded.js";
import type { DecisionOutcome } from "./play.js";
import { withheldBy } from "./withheld.js";
import { writtenNow } from "./written-now.js";

/** What a callback, or a whole hook, came to. */
export type Came = Pick<DecisionOutcome, "result" | "error">;

/** What is different between a decision then and now. */
export type DecisionChange = "refuses" | "allows" | "changes";

/** What a decision came to then. */
export function outcomeThen({ result, error, callbacks }: DecisionRecord): DecisionOutcome {
  const changed: Record<number, Recorded> = {};
  for (const callback of callbacks) Object.assign(changed, callback.changed);
  return { ...(result !== undefined && { result }), ...(error && { error }), changed };
}

/** Compares outcomes of a hook. Of what a refusal says, only what was recorded counts. */
export function compareOutcomes(
  hook: AnyHook,
  record: DecisionRecord,
  now: DecisionOutcome,
  comparer: RecordComparer,
): Comparison {
  const then = outcomeThen(record);
  const positions = Object.keys(now.changed).map(Number);
  return together([
    compareCame(hook, then, now, comparer),
    ...positions.map((position) =>
      comparer.compare(then.changed[position] ?? record.args[position], now.changed[position]),
    ),
  ]);
}

/** The same without live arguments, as for the answer of one callback. */
export function compareCame(hook: AnyHook, then: Came, now: Came, comparer: RecordComparer): Comparison {
  if (then.error && now.error) return compareErrors(then.error, now.error);
  if (then.error || now.error) return "different";
  if (hook.answers.kind !== "verdict") return comparer.compare(then.result, now.result);
  return compareVerdicts(then.result, now.result, comparer);
}

function compareErrors(then: ErrorRecord, now: ErrorRecord): Comparison {
  const isSame = (["name", "code", "status", "errcode"] as const).every((member) => then[member] === now[member]);
  if (!isSame) return "different";
  return then.message === now.message || then.message.includes(REDACTED) ? "same" : "different";
}

/** A denial without its texts is a denial all the same. */
function compareVerdicts(then: Recorded | undefined, now: Recorded | undefined, comparer: RecordComparer): Comparison {
  if (!isPlainObject(then) || withheldBy(then) || !isPlainObject(now)) return comparer.compare(then, now);
  const texts = (["error", "fields"] as const)
    .filter((member) => !withheldBy(then[member]))
    .map((member) => comparer.compare(then[member], now[member]));
  return together([comparer.compare(then["code"], now["code"]), ...texts]);
}

/** What is different, for who asked: a request is refused that wasn't, or the other way round, or something else changed. */
export function changeBetween(hook: AnyHook, then: Came, now: Came): DecisionChange {
  const [before, after] = [refuses(hook, then), refuses(hook, now)];
  if (before === after) return "changes";
  return after ? "refuses" : "allows";
}

/** Whether a request is refused: by what the hook's denial comes to, or by an error that says so. */
export function refuses({ refusal, failure, answers }: AnyHook, { result, error }: Came): boolean {
  if (error) {
    const { status, message, errcode } = error;
    return status !== undefined && isRefusal(new MatrixError(status, message, errcode as Code | undefined), failure);
  }
  if (answers.kind === "verdict") return result !== NOT_SPAM;
  if (!refusal || !("answer" in refusal)) return false;
  const [refused, actual] = [writtenNow(refusal.answer, answers.privacy), result].map((value) =>
    Array.isArray(value) ? value[0] : value,
  );
  return refused === actual;
}
