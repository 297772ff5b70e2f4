import { isDeepStrictEqual } from "node:util";
import type { DecisionRecord } from "../decisions/decision-record.js";
import { deciderOf, refuses, type Decider } from "../decisions/decision-result.js";
import type { AnyHook } from "../hooks/hook.js";
import type { DecisionOutcome } from "./play.js";
import { ReplayStage, type StageOptions } from "./replay-stage.js";
import type { Unknown } from "./unknown.js";

/** A decision made anew with some of the entries of a configuration. */
export interface Trial {
  /** Absent where it isn't known. */
  readonly outcome?: DecisionOutcome;
  readonly unknown?: Unknown;
  /** The callback that decides; absent if none does by itself. */
  readonly decider?: Decider;
}

/** Which entries of a configuration a decision hangs on. */
export interface DecidingEntries {
  /** With all entries. */
  readonly whole: Trial;
  /** Without one entry, by its id. */
  readonly without: ReadonlyMap<string, Trial>;
  /**
   * The smallest sets of entries without which the decision is another one: each by itself, if one entry is enough. Empty
   * where the decision stays the same whatever is left out.
   */
  readonly smallest: readonly (readonly string[])[];
}

/**
 * Makes a decision anew with all entries, and with each of them left out. If none of them is enough, those that would decide
 * are left out one after the other, until the decision is another one. Each time the modules start anew.
 *
 * @throws {ConfigError} with everything that's wrong with the configuration.
 */
export async function decidingEntries(
  record: DecisionRecord,
  config: readonly string[],
  options: StageOptions = {},
): Promise<DecidingEntries> {
  const stage = new ReplayStage(options);
  const configuration = await stage.read({ files: config });
  let hook: AnyHook | undefined;
  const attempt = async (leftOut: readonly string[]): Promise<Trial> => {
    const modules = configuration.modules.filter(({ info }) => !leftOut.includes(info.id));
    await using replayed = await stage.start({ ...configuration, modules });
    ({ hook } = replayed.hook(record.hook) ?? {});
    const { outcome, unknown, calls } = await stage.play(record, replayed);
    const decider = deciderOf(calls);
    return {
      ...(outcome && { outcome }),
      ...(unknown && { unknown }),
      ...(decider && { decider }),
    };
  };
  const leaveRecordedTime = await stage.enterRecordedTime();
  try {
    const whole = await attempt([]);
    const isOther = ({ outcome }: Trial) => isAnother(hook, whole.outcome, outcome);
    const without = new Map<string, Trial>();
    for (const { info } of configuration.modules) without.set(info.id, await attempt([info.id]));
    const single = Array.from(without.keys()).filter((id) => isOther(without.get(id)!));
    const together = single.length > 0 ? undefined : await inTurn(whole, without, attempt, isOther);
    return { whole, without, smallest: together ? [together] : single.map((id) => [id]) };
  } finally {
    leaveRecordedTime();
  }
}

/** The module that decides has to be left out: that finds the smallest set. */
async function inTurn(
  whole: Trial,
  without: DecidingEntries["without"],
  attempt: (leftOut: readonly string[]) => Promise<Trial>,
  isOther: (trial: Trial) => boolean,
): Promise<readonly string[] | undefined> {
  const set: string[] = [];
  let trial = whole;
  for (let id = trial.decider?.module; id !== undefined && !set.includes(id); id = trial.decider?.module) {
    set.push(id);
    trial = set.length === 1 ? without.get(id)! : await attempt(set);
    if (isOther(trial)) return set;
  }
  return undefined;
}

/** A refusal in other words is a refusal all the same. */
function isAnother(hook: AnyHook | undefined, one: DecisionOutcome | undefined, other: DecisionOutcome | undefined) {
  if (!hook || !one || !other) return false;
  const [before, after] = [refuses(hook, one), refuses(hook, other)];
  return before || after ? before !== after : !isDeepStrictEqual(one, other);
}
