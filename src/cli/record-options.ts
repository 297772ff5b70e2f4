import { Option, type Command } from "commander";
import type { DecisionsOptions, KeptDecisions } from "../decisions/decisions-options.js";
import { collect, UsageError } from "./option-values.js";

/** What the options of `ligand serve` say of recording. */
export interface RecordFlags {
  readonly record?: string;
  readonly recordKeep?: readonly string[];
  readonly recordPersonal?: "hashed" | "whole" | "none";
  readonly recordBodies?: boolean;
  readonly recordRetain?: string;
  readonly recordMaxSize?: string;
  readonly recordKey?: string;
}

/** Adds the options that say what is recorded, and where. */
export function addRecordOptions(command: Command): Command {
  return command
    .option(
      "--record <file>",
      "record decisions: who was asked what, who answered what, and what came of it. The file stands in a folder of its own",
    )
    .option(
      "--record-keep <which>",
      "all, decided (where a module had a part), a share such as 10%, or one of these for a hook, as in HOOK=10%; may be repeated",
      collect,
    )
    .addOption(
      new Option(
        "--record-personal <how>",
        "what becomes of user and room ids, addresses and names; hashed by default",
      ).choices(["hashed", "whole", "none"]),
    )
    .option("--record-bodies", "record what users wrote, too: the content of events, account data, HTTP bodies")
    .option("--record-retain <time>", "for how long records are kept; 7d by default")
    .option("--record-max-size <size>", "how much is kept in all; 1GiB by default")
    .option(
      "--record-key <file>",
      "the key of the hashes; made where there is none, by default beside the folder of the file",
    );
}

/** The option `decisions` that flags stand for. @throws {UsageError} for one that has no effect, or can't be. */
export async function decisionsOf({ record: file, ...flags }: RecordFlags): Promise<DecisionsOptions | undefined> {
  const { recordKeep, recordPersonal, recordBodies, recordRetain, recordMaxSize, recordKey } = flags;
  if (file === undefined) {
    const unused = Object.keys(FLAGS).find((name) => flags[name as keyof typeof flags] !== undefined);
    if (unused === undefined) return undefined;
    throw new UsageError(`option '${FLAGS[unused as keyof typeof FLAGS]}' has no effect without --record <file>.`);
  }
  const decisions: DecisionsOptions = {
    file,
    ...(recordKeep && { keep: keepOf(recordKeep) }),
    ...(recordPersonal && { personal: recordPersonal }),
    ...(recordBodies && { bodies: true }),
    ...(recordRetain !== undefined && { retain: recordRetain }),
    ...(recordMaxSize !== undefined && { maxSize: recordMaxSize }),
    ...(recordKey !== undefined && { keyFile: recordKey }),
  };
  const { DECISIONS_RULES } = await import("../decisions/decisions-options.js");
  for (const [name, flag] of CHECKED) {
    const [fault] = DECISIONS_RULES[name](decisions[name], name);
    if (fault !== undefined) throw new UsageError(`option '${flag}' has an invalid argument: ${fault}.`);
  }
  return decisions;
}

const FLAGS = {
  recordKeep: "--record-keep <which>",
  recordPersonal: "--record-personal <how>",
  recordBodies: "--record-bodies",
  recordRetain: "--record-retain <time>",
  recordMaxSize: "--record-max-size <size>",
  recordKey: "--record-key <file>",
} as const satisfies Partial<Record<keyof RecordFlags, string>>;

/** What commander doesn't check. */
const CHECKED = [
  ["file", "--record <file>"],
  ["keyFile", FLAGS.recordKey],
  ["keep", FLAGS.recordKeep],
  ["retain", FLAGS.recordRetain],
  ["maxSize", FLAGS.recordMaxSize],
] as const;

function keepOf(wishes: readonly string[]): Readonly<Record<string, KeptDecisions>> {
  const entries = wishes.map((wish) => {
    const at = wish.indexOf("=");
    return at < 0 ? ["*", wish] : [wish.slice(0, at), wish.slice(at + 1)];
  });
  return Object.fromEntries(entries) as Record<string, KeptDecisions>;
}
