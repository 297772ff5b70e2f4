import { Command, InvalidArgumentError } from "commander";
import { count } from "./count.js";
import { pathOption } from "./option-values.js";
import { answering, ExitCode, printable, type Terminal, widthOf } from "./terminal.js";
import { wrap } from "./wrap.js";

/** `ligand decisions`: what is to become of recorded decisions. */
export function decisionsCommand({ stdout, env }: Terminal, end: (code: ExitCode) => void): Command {
  return new Command("decisions")
    .summary("remove what was recorded about a user")
    .description("Changes what `ligand serve --record` has recorded.")
    .addCommand(
      new Command("forget")
        .summary("remove all records that name a user")
        .description(
          "Remove all records that name a user, whole or hashed, from a file of recorded decisions and those that are full " +
            "beside it. `ligand serve` may go on recording meanwhile.",
        )
        .argument("<user>", "the user's id, such as @ann:example.org", userIdOf)
        .requiredOption("--record <file>", "the file that decisions are recorded to", pathOption)
        .option("--key-file <file>", "the key of the hashes; by default beside the folder of the file", pathOption)
        .addHelpText(
          "after",
          `
Examples:
  $ ligand decisions forget @ann:example.org --record /var/lib/ligand/decisions/decisions.jsonl

Ends with 0 when no record names the user any more, 1 when there are records that can't be searched, 2 when a file can't be
used or it was called wrongly.`,
        )
        .action(
          answering(end, async (userId: string, { record, keyFile }: { record: string; keyFile?: string }) => {
            const [{ forgetUser }, { keyFileOf, keyOfRecord }] = await Promise.all([
              import("../decisions/forget-user.js"),
              import("../decisions/personal-hash.js"),
            ]);
            const hash = await keyOfRecord(record, keyFile);
            const { removed, kept, foreign } = await forgetUser(record, userId, hash);
            const left = `${count(removed, "record")} removed, ${kept} left\n`;
            const unsearched =
              foreign > 0
                ? `${count(foreign, "record")} can't be searched for a user: the hashes are of another key than ${keyFileOf(record, keyFile)}\n`
                : "";
            stdout.write(printable(wrap(left + unsearched, widthOf(stdout, env))));
            return foreign > 0 ? ExitCode.PROBLEMS : ExitCode.OK;
          }),
        ),
    );
}

function userIdOf(text: string): string {
  if (/^@[^:]*:.+$/.test(text)) return text;
  throw new InvalidArgumentError("Expected a user id, such as @ann:example.org.");
}
