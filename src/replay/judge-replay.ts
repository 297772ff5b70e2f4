import type { CallbackRecord, DecisionRecord } from "../decisions/decision-record.js";
import type { Came } from "../decisions/decision-result.js";
import { errorRecord } from "../decisions/error-writer.js";
import type { AnyHook } from "../hooks/hook.js";
import { liveOf } from "../hooks/parameter.js";
import { changeBetween, compareCame, compareOutcomes, outcomeThen, type DecisionChange } from "./compare-decisions.js";
import type { Comparison, RecordComparer } from "./compare-recorded.js";
import type { PlayedDecision } from "./play.js";
import type { ReplayedCall } from "./scene.js";
import type { Unknown } from "./unknown.js";
import { writtenNow } from "./written-now.js";

/** What is known of the modules of a replay, beside what they answer. */
export interface Knowledge {
  /** Whose answers depend on more than what is recorded, by module. */
  readonly unreliable: ReadonlyMap<string, Unknown>;
  /** Whether the entry of a module is the one of then. */
  readonly isUnchanged: (module: string) => boolean;
  /** Whether a module that isn't there now was left out on purpose. */
  readonly isLeftOut: (module: string) => boolean;
  /** Whether a module is there now. */
  readonly isThere: (module: string) => boolean;
}

/** What became of a decision in a replay. */
export type Judgement =
  | { readonly kind: "same" }
  | { readonly kind: "different"; readonly change: DecisionChange }
  | { readonly kind: "unknown"; readonly unknown: Unknown };

/** Errors that lie outside of a callback. */
const CIRCUMSTANCES: ReadonlySet<unknown> = new Set([
  "LIGAND_CALLBACK_TIMEOUT",
  "LIGAND_REMOTE_LOST",
  "LIGAND_REMOTE_TIMEOUT",
  "LIGAND_REMOTE_BUSY",
  "LIGAND_REMOTE_FAILED",
  "LIGAND_REMOTE_PROTOCOL",
  "LIGAND_MODULE_UNAVAILABLE",
  "LIGAND_CANCELLED",
]);

/** Compares a decision with what was recorded. A difference that has another reason than the configuration is unknown. */
export function judge(
  record: DecisionRecord,
  hook: AnyHook,
  played: PlayedDecision,
  knowledge: Knowledge,
  comparer: RecordComparer,
): Judgement {
  // Who is only notified decides nothing, whatever it reads.
  if (decidesNothing(hook) && !record.error && !played.outcome?.error) return { kind: "same" };
  const { outcome, unknown } = played;
  if (!outcome) return { kind: "unknown", unknown: unknown! };
  const comparison = compareOutcomes(hook, record, outcome, comparer);
  if (comparison === "same") return { kind: "same" };
  if (comparison !== "different") return { kind: "unknown", unknown: { reason: comparison, path: "result" } };
  const doubt = goneIn(record, hook, knowledge, comparer) ?? doubtIn(played.calls, hook, knowledge, comparer);
  if (doubt) return { kind: "unknown", unknown: doubt };
  return { kind: "different", change: changeBetween(hook, outcomeThen(record), outcome) };
}

/** Whether a callback answers what it answered then. */
export function compareCall({ then, came }: ReplayedCall, hook: AnyHook, comparer: RecordComparer): Comparison {
  if (typeof came === "string" || !then || then.notAsked) return "different";
  return compareCame(hook, cameThen(then), cameNow(hook, came), comparer);
}

/** Why what a callback came to then isn't its own doing. */
export function circumstancesOf({ module, callback, then }: ReplayedCall): Unknown | undefined {
  const isOutside =
    CIRCUMSTANCES.has(then?.error?.code) || then?.notAsked === "circuit breaker" || then?.notAsked === "process";
  return isOutside ? { reason: "circumstances", module, callback } : undefined;
}

/** Whether callbacks on a hook are only notified, and have nothing to change. */
export function decidesNothing({ answers, parameters }: AnyHook): boolean {
  return answers.kind === "nothing" && liveOf(parameters).length === 0;
}

function cameThen({ answer, error }: CallbackRecord): Came {
  return { ...(answer !== undefined && { result: answer }), ...(error && { error }) };
}

/** What a callback came to now, in the form of a record. */
export function cameNow(hook: AnyHook, came: Exclude<ReplayedCall["came"], string>): Came {
  return "error" in came
    ? { error: errorRecord(came.error, []) }
    : { result: writtenNow(came.answer, hook.answers.privacy) };
}

/** A module that had a say then, and isn't there now although it wasn't left out. */
function goneIn(
  { callbacks }: DecisionRecord,
  hook: AnyHook,
  { isThere, isLeftOut }: Knowledge,
  comparer: RecordComparer,
): Unknown | undefined {
  const pass = "pass" in hook.strategy ? { result: writtenNow(hook.strategy.pass, hook.answers.privacy) } : undefined;
  const hadSay = (callback: CallbackRecord) =>
    callback.decided || !pass || compareCame(hook, cameThen(callback), pass, comparer) !== "same";
  const gone = callbacks.find(
    (callback) =>
      callback.mode !== "shadow" &&
      !callback.notAsked &&
      !isThere(callback.module) &&
      !isLeftOut(callback.module) &&
      hadSay(callback),
  );
  return gone && { reason: "module gone", module: gone.module };
}

/** Why a callback that answers otherwise now may do so for another reason than its configuration. */
function doubtIn(
  calls: readonly ReplayedCall[],
  hook: AnyHook,
  { unreliable, isUnchanged }: Knowledge,
  comparer: RecordComparer,
): Unknown | undefined {
  const isLive = liveOf(hook.parameters).length > 0;
  for (const call of calls) {
    if (call.came === "not asked" || compareCall(call, hook, comparer) === "same") continue;
    const { module, callback, then } = call;
    // It was asked the same, and is the same: what it answers depends on something else.
    const isOtherwise = isUnchanged(module) && then !== undefined && !then.notAsked && !isLive;
    if (isOtherwise) return { reason: "not reproducible", module, callback };
    const doubt = unreliable.get(module) ?? circumstancesOf(call);
    if (doubt) return doubt;
    if (call.usesChance) return { reason: "chance", module, callback };
  }
  return undefined;
}
