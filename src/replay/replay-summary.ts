import type { DecisionRecord } from "../decisions/decision-record.js";
import type { DecisionChange } from "./compare-decisions.js";
import type { Judgement } from "./judge-replay.js";
import type { PlayedDecision } from "./play.js";
import type { UnreadLine } from "./read-decisions.js";
import type { Unknown, UnknownReason } from "./unknown.js";

/** How often decisions are unknown for one reason, and the first of them. */
export interface UnknownCount {
  readonly reason: UnknownReason;
  readonly count: number;
  readonly first: Unknown;
}

/** What a replay came to, in numbers. */
export class ReplaySummary {
  /** How many decisions were read, and how many lines that aren't one. */
  decisions = 0;
  same = 0;
  readonly different: Record<DecisionChange, number> = { refuses: 0, allows: 0, changes: 0 };
  /** When the first and the last decision were made. */
  from: string | undefined;
  to: string | undefined;
  /** The last line of a file doesn't end. */
  isCut = false;
  /** Modules that don't reproduce the answers that they gave then. */
  unreliable: readonly Unknown[] = [];
  readonly #unknown = new Map<UnknownReason, { count: number; first: Unknown }>();
  readonly #acts = new Map<string, number>();

  get differences(): number {
    return this.different.refuses + this.different.allows + this.different.changes;
  }

  /** Why decisions are unknown, the commonest reason first. */
  get unknown(): readonly UnknownCount[] {
    return Array.from(this.#unknown, ([reason, { count, first }]) => ({ reason, count, first })).toSorted(
      (one, other) => other.count - one.count,
    );
  }

  /** How often methods of services would have acted, by name. */
  get acts(): ReadonlyMap<string, number> {
    return this.#acts;
  }

  count({ time }: DecisionRecord, judgement: Judgement, { calls }: PlayedDecision): void {
    this.decisions++;
    this.from ??= time;
    this.to = time;
    if (judgement.kind === "same") this.same++;
    else if (judgement.kind === "different") this.different[judgement.change]++;
    else this.#countUnknown(judgement.unknown);
    for (const act of calls.flatMap(({ acts }) => acts)) this.#acts.set(act, (this.#acts.get(act) ?? 0) + 1);
  }

  unread({ unknown, isCut }: UnreadLine): void {
    this.decisions++;
    if (isCut) this.isCut = true;
    this.#countUnknown(unknown);
  }

  #countUnknown(unknown: Unknown): void {
    const counted = this.#unknown.get(unknown.reason) ?? { count: 0, first: unknown };
    counted.count++;
    this.#unknown.set(unknown.reason, counted);
  }
}
