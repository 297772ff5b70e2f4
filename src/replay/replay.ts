import { compareModules } from "../container/compare-modules.js";
import type { DecisionRecord } from "../decisions/decision-record.js";
import { deciderOf, type Decider } from "../decisions/decision-result.js";
import type { AnyHook } from "../hooks/hook.js";
import { outcomeThen, type DecisionChange } from "./compare-decisions.js";
import { circumstancesOf, compareCall, judge, type Judgement, type Knowledge } from "./judge-replay.js";
import { MemoryCheck } from "./memory-check.js";
import type { DecisionOutcome, PlayedDecision } from "./play.js";
import { readDecisions, type ReadDecision, type UnreadLine } from "./read-decisions.js";
import { ReplayStage, type StageOptions } from "./replay-stage.js";
import { ReplaySummary } from "./replay-summary.js";
import type { ConfigurationSource, ReplayConfiguration, ReplayedModules } from "./replayed-modules.js";
import type { Unknown } from "./unknown.js";

/** What to replay, and with which configuration. */
export interface ReplayOptions extends StageOptions {
  /** The files of the record, in order. */
  readonly files: readonly string[];
  /** The configuration whose modules decide anew: files, later ones winning, or modules of the program. */
  readonly config: ConfigurationSource;
  /** The configuration that ran then: with it, modules are known whose answers depend on more than what is recorded. */
  readonly baseline?: ConfigurationSource | undefined;
  /** The ids of modules to leave out. */
  readonly without?: readonly string[] | undefined;
}

/** A decision that isn't the same, or of which that isn't known. */
export interface ReplayedDecision extends Pick<ReadDecision, "file" | "line"> {
  readonly record: DecisionRecord;
  readonly change?: DecisionChange;
  readonly unknown?: Unknown;
  readonly then: DecisionOutcome;
  /** Absent where it isn't known. */
  readonly now?: DecisionOutcome;
  /** The callback that decides now; absent if none does by itself. */
  readonly decidedNow?: Decider;
  /** What callbacks would have done, by method of a service. */
  readonly acts: readonly string[];
}

/** Replays decisions one by one. A homeserver isn't there, and nothing is done. */
export class Replay {
  readonly summary = new ReplaySummary();
  readonly #stage: ReplayStage;
  readonly #unreliable = new Map<string, Unknown>();
  /** The ids of the modules of the baseline. */
  #before: readonly string[] | undefined;
  /** The ids of modules whose entries are those of the baseline. */
  #unchanged: ReadonlySet<string> = new Set();

  constructor(private readonly options: ReplayOptions) {
    this.#stage = new ReplayStage(options);
  }

  /**
   * What isn't the same, in the order of the record. {@link summary} is complete once it has ended.
   *
   * @throws {ConfigError} with everything that's wrong with a configuration.
   * @throws {LigandError} `LIGAND_RECORD_UNUSABLE`
   */
  async *run(): AsyncGenerator<ReplayedDecision | UnreadLine> {
    const { config, baseline, without } = this.options;
    const next = await this.#stage.read(config, without);
    const before = baseline && (await this.#stage.read(baseline));
    this.#before = before?.modules.map(({ info }) => info.id);
    const leaveRecordedTime = await this.#stage.enterRecordedTime();
    try {
      if (before) {
        this.#unchanged = unchangedIds(before, next);
        await this.#findUnreliable(before);
      }
      await using modules = await this.#stage.start(next);
      // What ran then tells memory from change; without it, modules that remember show it when they start anew.
      yield* this.#decideAnew(modules, before ? undefined : new MemoryCheck(this.#stage, next));
    } finally {
      leaveRecordedTime();
    }
  }

  /** Runs the modules that ran then. Whose answers aren't those of then depends on what isn't recorded. */
  async #findUnreliable(configuration: ReplayConfiguration): Promise<void> {
    await using modules = await this.#stage.start(configuration);
    for await (const read of readDecisions(this.options.files)) {
      if (!("record" in read)) continue;
      const { calls } = await this.#stage.play(read.record, modules);
      const hook = modules.hook(read.record.hook)?.hook;
      for (const call of hook ? calls : []) {
        const { module, callback, then } = call;
        if (this.#unreliable.has(module) || call.unknown || !then || then.notAsked || circumstancesOf(call)) continue;
        if (compareCall(call, hook!, this.#stage.comparer) !== "different") continue;
        this.#unreliable.set(module, { reason: "not reproducible", module, callback, decision: read.record.id });
      }
    }
    this.summary.unreliable = [...this.#unreliable.values()];
  }

  async *#decideAnew(
    modules: ReplayedModules,
    memory: MemoryCheck | undefined,
  ): AsyncGenerator<ReplayedDecision | UnreadLine> {
    const knowledge = this.#knowledgeOf(modules);
    for await (const read of readDecisions(this.options.files)) {
      if (!("record" in read)) {
        this.summary.unread(read);
        yield read;
        continue;
      }
      const { record } = read;
      const played = await this.#stage.play(record, modules);
      const hook = modules.hook(record.hook)?.hook;
      const judgement: Judgement = hook
        ? await this.#judge(record, hook, played, knowledge, memory)
        : { kind: "unknown", unknown: played.unknown! };
      this.summary.count(record, judgement, played);
      if (judgement.kind !== "same") yield replayedDecision(read, judgement, played);
    }
  }

  async #judge(
    record: DecisionRecord,
    hook: AnyHook,
    played: PlayedDecision,
    knowledge: Knowledge,
    memory: MemoryCheck | undefined,
  ): Promise<Judgement> {
    const judgement = judge(record, hook, played, knowledge, this.#stage.comparer);
    if (!memory) return judgement;
    const doubt = judgement.kind === "different" ? await memory.doubtOf(record, hook, played) : undefined;
    // A module that missed a call may remember, too: its later answers may be others for that.
    this.#doubt([...(doubt ? [doubt] : []), ...played.calls.flatMap(({ unknown }) => unknown ?? [])], record.id);
    return doubt ? { kind: "unknown", unknown: doubt } : judgement;
  }

  /** From now on, what these modules decide otherwise is unknown. */
  #doubt(doubts: readonly Unknown[], decision: string): void {
    for (const doubt of doubts) {
      const { module } = doubt;
      if (module !== undefined && !this.#unreliable.has(module)) this.#unreliable.set(module, { ...doubt, decision });
    }
  }

  #knowledgeOf({ ids }: ReplayedModules): Knowledge {
    const there = new Set(ids);
    const leftOut = new Set([...(this.options.without ?? []), ...(this.#before ?? [])]);
    return {
      unreliable: this.#unreliable,
      isUnchanged: (module) => this.#unchanged.has(module),
      isThere: (module) => there.has(module),
      isLeftOut: (module) => leftOut.has(module),
    };
  }
}

function unchangedIds(before: ReplayConfiguration, next: ReplayConfiguration): ReadonlySet<string> {
  const running = before.modules.map((module) => ({ ...module, isDown: false }));
  const kept = compareModules(running, next.modules).modules.filter(({ isKept }) => isKept);
  return new Set(kept.map(({ loaded }) => loaded.info.id));
}

function replayedDecision(
  { file, line, record }: ReadDecision,
  judgement: Exclude<Judgement, { kind: "same" }>,
  { outcome, calls }: PlayedDecision,
): ReplayedDecision {
  const decider = outcome && deciderOf(calls);
  return {
    file,
    line,
    record,
    ...(judgement.kind === "different" ? { change: judgement.change } : { unknown: judgement.unknown }),
    then: outcomeThen(record),
    ...(outcome && { now: outcome }),
    ...(decider && { decidedNow: decider }),
    acts: calls.flatMap(({ acts }) => acts),
  };
}
