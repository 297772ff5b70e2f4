import { isDeepStrictEqual } from "node:util";
import type { DecisionRecord } from "../decisions/decision-record.js";
import type { AnyHook } from "../hooks/hook.js";
import { cameNow, compareCall } from "./judge-replay.js";
import type { PlayedDecision } from "./play.js";
import type { ReplayStage } from "./replay-stage.js";
import type { ReplayConfiguration } from "./replayed-modules.js";
import type { ReplayedCall } from "./scene.js";
import type { Unknown } from "./unknown.js";

/** So many other answers of a module are looked at: for each of them, modules start anew. */
const MOST_CHECKED = 10;

/**
 * Finds modules that answer by what they were asked before. Then another answer may come of what isn't recorded, and without
 * the configuration of then that can't be told from a change.
 */
export class MemoryCheck {
  readonly #checked = new Map<string, number>();

  constructor(
    private readonly stage: ReplayStage,
    private readonly configuration: ReplayConfiguration,
  ) {}

  /** Why a decision that is another one may be so for another reason. */
  async doubtOf(
    record: DecisionRecord,
    hook: AnyHook,
    { calls }: Pick<PlayedDecision, "calls">,
  ): Promise<Unknown | undefined> {
    const suspects = calls.filter(
      (call) =>
        typeof call.came === "object" &&
        (this.#checked.get(call.module) ?? 0) < MOST_CHECKED &&
        compareCall(call, hook, this.stage.comparer) !== "same",
    );
    if (suspects.length === 0) return undefined;
    for (const { module } of suspects) this.#checked.set(module, (this.#checked.get(module) ?? 0) + 1);
    await using fresh = await this.stage.start(this.configuration);
    const anew = await this.stage.play(record, fresh);
    const found = suspects.find((call) => {
      const other = anew.calls.find(({ module, callback }) => module === call.module && callback === call.callback);
      return other !== undefined && !isDeepStrictEqual(cameOf(hook, call), cameOf(hook, other));
    });
    return found && { reason: "remembers", module: found.module, callback: found.callback };
  }
}

function cameOf(hook: AnyHook, { came }: ReplayedCall): unknown {
  return typeof came === "string" ? came : cameNow(hook, came);
}
