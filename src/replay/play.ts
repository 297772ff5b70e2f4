import { errorRecord } from "../decisions/error-writer.js";
import type { DecisionRecord, ErrorRecord, Recorded } from "../decisions/decision-record.js";
import { isThenable } from "../hooks/answer-predicates.js";
import type { AnyHook } from "../hooks/hook.js";
import { liveOf } from "../hooks/parameter.js";
import { TIMED_OUT, withinBudget } from "../modules/within-budget.js";
import { recordedArguments } from "./recorded-values.js";
import type { ReplayedModules } from "./replayed-modules.js";
import type { RecordedTime } from "./recorded-time.js";
import type { StateFrame } from "./recorded-state.js";
import type { Played } from "./scene.js";
import { withheldArgument } from "./withheld.js";
import { writtenNow } from "./written-now.js";

/** What a decision came to. */
export interface DecisionOutcome {
  readonly result?: Recorded;
  readonly error?: ErrorRecord;
  /** Arguments that callbacks may change, as they were in the end, by position. */
  readonly changed: Readonly<Record<number, Recorded>>;
}

/** A decision anew. */
export interface PlayedDecision extends Played {
  /** Absent where it isn't known. */
  readonly outcome?: DecisionOutcome;
}

/** What a decision is made anew in. */
export interface PlayFrame extends StateFrame {
  readonly time: RecordedTime;
  /** How long a hook may take, in milliseconds of today. */
  readonly callbackLimitMs: number;
}

/** A request that was recorded went through to its end. */
const NEVER_ABORTED = new AbortController().signal;

/** Asks modules what was asked then. */
export async function play(
  record: DecisionRecord,
  modules: ReplayedModules,
  { scene, comparer, time, callbackLimitMs }: PlayFrame,
): Promise<PlayedDecision> {
  const found = modules.hook(record.hook);
  if (!found) return { calls: [], unknown: { reason: "no such hook", path: record.hook } };
  const { hook, ask } = found;
  const { origin, requestId } = record;
  scene.begin(record);
  time.enter(record.time, record.id);
  let outcome: DecisionOutcome;
  try {
    const args = argumentsOf(record, hook, { scene, comparer });
    const context = { ...(origin && { origin }), ...(requestId !== undefined && { requestId }), signal: NEVER_ABORTED };
    const given = ask(...args, context) as unknown;
    const result = isThenable(given) ? await withinBudget(Promise.resolve(given), callbackLimitMs) : given;
    if (result === TIMED_OUT) scene.note({ reason: "no answer" });
    const live = liveOf(hook.parameters).filter((position) => !withheldArgument(record.args, position));
    outcome = {
      result: writtenNow(result, hook.answers.privacy),
      changed: Object.fromEntries(live.map((position) => [position, writtenNow(args[position])])),
    };
  } catch (error) {
    outcome = { error: errorRecord(error, []), changed: {} };
  }
  time.leave();
  const played = scene.end();
  return { ...played, ...(!played.unknown && { outcome }) };
}

function argumentsOf(record: DecisionRecord, hook: AnyHook, frame: StateFrame): unknown[] {
  try {
    return recordedArguments(hook, record, frame);
  } catch {
    // Something else than Ligand wrote it, such as an alias that is none.
    throw frame.scene.note({ reason: "broken line" });
  }
}
