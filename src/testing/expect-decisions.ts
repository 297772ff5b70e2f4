import { AssertionError } from "node:assert";
import { keyOfRecord } from "../decisions/personal-hash.js";
import type { ProgrammaticEntry } from "../modules/load-modules.js";
import { checkOptions, configFiles, listOf, text, type OptionRules } from "../options/check-options.js";
import { PROGRAMMATIC_ENTRIES } from "../modules/programmatic-entries.js";
import { recordFiles } from "../replay/record-files.js";
import { Replay, type ReplayedDecision } from "../replay/replay.js";
import { describeUnknown, type UnknownReason } from "../replay/unknown.js";

/** With which modules recorded decisions are made anew. @public */
export interface ExpectDecisionsOptions {
  /** A configuration: a file, or several, of which later ones win. */
  readonly config?: string | readonly string[];
  /** Modules of the test; they follow those of the configuration. */
  readonly modules?: readonly ProgrammaticEntry[];
  /** The configuration of then: with it, modules are known that remember what isn't recorded. */
  readonly baseline?: string | readonly string[];
  /** The ids of modules to leave out. */
  readonly without?: readonly string[];
  /** The key of the record's hashes, if it isn't where Ligand puts it. */
  readonly keyFile?: string;
}

/** What came of comparing recorded decisions. @public */
export interface ComparedDecisions {
  /** How many there are. */
  readonly decisions: number;
  /** How many are the same. */
  readonly same: number;
  /** How many can't be known, by reason: something isn't in the record. */
  readonly unknown: Readonly<Partial<Record<UnknownReason, number>>>;
}

const RULES: OptionRules<ExpectDecisionsOptions> = {
  config: configFiles,
  modules: PROGRAMMATIC_ENTRIES,
  baseline: configFiles,
  without: listOf(text),
  keyFile: text,
};

/** So many differences are shown. */
const MOST_SHOWN = 10;

/**
 * Holds modules to recorded decisions: makes them anew, as `ligand replay` does, and expects the same. Nothing is done, and
 * no homeserver is needed.
 *
 * @param file the record: what `decisions.file` of `startModules`, or `ligand serve --record`, names
 * @throws {AssertionError} with the decisions that are others; and if nothing is known of any decision, with the reasons.
 * @throws {ConfigError} with everything that's wrong with the configuration.
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` if the record can't be read; `LIGAND_ARGUMENT_INVALID` for misspelt options.
 *
 * @public
 */
export async function expectDecisions(file: string, options: ExpectDecisionsOptions): Promise<ComparedDecisions> {
  checkOptions("expectDecisions", options, RULES);
  const { config = [], modules = [], baseline, without, keyFile } = options;
  const replay = new Replay({
    files: await recordFiles([file]),
    config: { files: [config].flat(), modules },
    baseline: baseline === undefined ? undefined : { files: [baseline].flat() },
    without,
    hasher: await keyOfRecord(file, keyFile),
  });
  const shown: string[] = [];
  for await (const found of replay.run()) {
    if ("change" in found && shown.length < MOST_SHOWN) shown.push(describe(found));
  }
  const { decisions, same, differences, unknown } = replay.summary;
  if (differences > 0) {
    const more = differences > shown.length ? [`and ${differences - shown.length} more`] : [];
    throw failure([`${differences} of ${decisions} decisions are others than recorded in ${file}:`, ...shown, ...more]);
  }
  if (same === 0) {
    const reasons = unknown.map(({ count, first }) => `${count}: ${describeUnknown(first)}`);
    throw failure([`nothing can be said of any of the ${decisions} decisions in ${file}:`, ...reasons]);
  }
  return { decisions, same, unknown: Object.fromEntries(unknown.map(({ reason, count }) => [reason, count])) };
}

function describe({ record, then, now, decidedNow }: ReplayedDecision): string {
  const by = decidedNow ? `, by ${decidedNow.callback} of ${decidedNow.module}` : "";
  const [before, after] = [then, now].map((came) => JSON.stringify(came?.error ?? came?.result));
  return `${record.hook} at ${record.time} (${record.id}): then ${before}, now ${after}${by}`;
}

function failure(lines: readonly string[]): AssertionError {
  return new AssertionError({ message: lines.join("\n  ") });
}
