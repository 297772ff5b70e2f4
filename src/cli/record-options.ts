import { Option, type Command } from "commander";
import type { DecisionsOptions, KeptDecisions } from "../decisions/decisions-options.js";
import { collect, UsageError } from "./option-values.js";

/** The options of `ligand serve` that say what is recorded, by what each says of `decisions`. */
const OPTIONS: Readonly<Record<keyof DecisionsOptions, Option>> = {
  file: new Option(
    "--record <file>",
    "record decisions: who was asked what, who answered what, and what came of it. The file stands in a folder of its own",
  ),
  keep: new Option(
    "--record-keep <which>",
    "all, decided (where a module had a part), a share such as 10%, or one of these for a hook, as in HOOK=10%; may be repeated",
  ).argParser(collect),
  personal: new Option(
    "--record-personal <how>",
    "what becomes of user and room ids, addresses and names; hashed by default",
  ).choices(["hashed", "whole", "none"]),
  bodies: new Option(
    "--record-bodies",
    "record what users wrote, too: the content of events, account data, HTTP bodies",
  ),
  retain: new Option("--record-retain <time>", "for how long records are kept; 7d by default"),
  maxSize: new Option("--record-max-size <size>", "how much is kept in all; 1GiB by default"),
  keyFile: new Option(
    "--record-key <file>",
    "the key of the hashes; made where there is none, by default beside the folder of the file",
  ),
};

/** Adds the options that say what is recorded, and where. */
export function addRecordOptions(command: Command): Command {
  for (const option of Object.values(OPTIONS)) command.addOption(option);
  return command;
}

/**
 * What flags say of `decisions`.
 *
 * @param flags by the names that commander gives them
 * @throws {UsageError} for one that has no effect, or can't be
 */
export async function decisionsOf(flags: Readonly<Record<string, unknown>>): Promise<DecisionsOptions | undefined> {
  const members = Object.keys(OPTIONS) as readonly (keyof DecisionsOptions)[];
  const given = members.flatMap((member) => {
    const value = flags[OPTIONS[member].attributeName()];
    return value === undefined
      ? []
      : [[member, member === "keep" ? keepOf(value as readonly string[]) : value] as const];
  });
  const [first] = given;
  if (!first) return undefined;
  if (first[0] !== "file") {
    throw new UsageError(`option '${OPTIONS[first[0]].flags}' has no effect without ${OPTIONS.file.flags}.`);
  }
  const { DECISIONS_RULES } = await import("../decisions/decisions-options.js");
  for (const [member, value] of given) {
    const [fault] = DECISIONS_RULES[member](value, member);
    if (fault !== undefined) {
      throw new UsageError(`option '${OPTIONS[member].flags}' has an invalid argument: ${fault}.`);
    }
  }
  return Object.fromEntries(given);
}

function keepOf(wishes: readonly string[]): Readonly<Record<string, KeptDecisions>> {
  const entries = wishes.map((wish) => {
    const at = wish.indexOf("=");
    return at < 0 ? ["*", wish] : [wish.slice(0, at), wish.slice(at + 1)];
  });
  return Object.fromEntries(entries) as Record<string, KeptDecisions>;
}
