import type { DecisionRecord, ErrorRecord, Recorded } from "../decisions/decision-record.js";
import { refuses, type Came } from "../decisions/decision-result.js";
import { REDACTED } from "../errors/redact.js";
import type { AnyHook } from "../hooks/hook.js";
import { isPlainObject } from "../matrix/json.js";
import { together, type Comparison, type RecordComparer } from "./compare-recorded.js";
import type { DecisionOutcome } from "./play.js";
import { withheldBy } from "./withheld.js";

/** What is different between a decision then and now. */
export type DecisionChange = "refuses" | "allows" | "changes";

/** What a decision came to then. */
export function outcomeThen({ result, error, callbacks }: DecisionRecord): DecisionOutcome {
  const changed: Readonly<Record<number, Recorded>> = Object.fromEntries(
    callbacks.flatMap((callback) => Object.entries(callback.changed ?? {})),
  );
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
