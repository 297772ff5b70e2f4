import { Command, InvalidArgumentError, Option } from "commander";
import type { DecisionRecord } from "../decisions/decision-record.js";
import type { PersonalHash } from "../decisions/personal-hash.js";
import type { DecisionQuery, UnreadLines } from "../replay/find-decisions.js";
import { count } from "./count.js";
import { collect, pathOption, timeOption, UsageError } from "./option-values.js";
import { runModules } from "./run-modules.js";
import { answering, asJson, ExitCode, paintFor, printable, type Terminal, widthOf } from "./terminal.js";

interface WhyOptions {
  readonly record: string;
  readonly keyFile?: string;
  readonly request?: string;
  readonly user?: string;
  readonly room?: string;
  readonly since?: number;
  readonly limit: number;
  readonly config?: readonly string[];
  readonly format: "pretty" | "json";
}

/** `ligand why`: what a recorded decision came to, and by whom. */
export function whyCommand({ stdout, stderr, env, giveUp }: Terminal, end: (code: ExitCode) => void): Command {
  return new Command("why")
    .summary("show who decided what, in a record of decisions")
    .description(
      "Show recorded decisions: what was asked, which callbacks answered what in which order, who decided, and who wasn't " +
        "asked and why. With --config, the decision is made anew with the modules of a configuration, and with each of them " +
        "left out.",
    )
    .argument("[id]", "the id of a decision, or of an event")
    .requiredOption("--record <file>", "the record: what `ligand serve --record` names", pathOption)
    .option("--key-file <file>", "the key of the record's hashes, if it isn't where Ligand puts it", pathOption)
    .option("--request <id>", "the homeserver's name for a request, as its log has it")
    .option("--user <id>", "a user who acted, or who was named")
    .option("--room <id>", "a room")
    .option("--since <time>", "how long ago at most, such as 10m", timeOption("10m, 2h or 7d"))
    .option("--limit <number>", "how many decisions to show at most, the latest", limitOption, 10)
    .option("--config <file>", "make the decision anew with this configuration; may be repeated", collect)
    .addOption(
      new Option("--format <format>", "for people, or for programs").choices(["pretty", "json"]).default("pretty"),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ ligand why '$Ahf…' --record /var/lib/ligand/decisions/record.jsonl
  $ ligand why --user @ann:example.org --room '!lobby:example.org' --since 10m --record record.jsonl
  $ ligand why 01K… --record record.jsonl --config homeserver.yaml    which entry is it that decides?

Where users and rooms are recorded as hashes, what you name is hashed with the key before it's compared.

Ends with 0 when something was found, 1 when nothing was, 2 when a file can't be used or it was called wrongly.`,
    )
    .action(
      answering(end, async (id: string | undefined, options: WhyOptions, command: Command) => {
        const query = queryOf(id, options);
        const [{ recordFiles }, { keyOfRecord }, { findDecisions }, { describeUnknown }] = await Promise.all([
          import("../replay/record-files.js"),
          import("../decisions/personal-hash.js"),
          import("../replay/find-decisions.js"),
          import("../replay/unknown.js"),
        ]);
        const hasher = await keyOfRecord(options.record, options.keyFile);
        const files = await recordFiles([options.record]);
        const found = await findDecisions(files, query, hasher, options.limit);
        for (const each of found.unread) stderr.write(unreadText(each, describeUnknown(each)));
        if (query.user !== undefined || query.room !== undefined) {
          if (found.isOtherKey) stderr.write(OTHER_KEY);
          if (found.isNameless) stderr.write(NAMELESS);
        }
        const code = found.count === 0 ? ExitCode.PROBLEMS : ExitCode.OK;
        const records = found.decisions.map(({ record }) => record);
        const paint = paintFor(stdout, env, command.optsWithGlobals().color);
        if (options.config && records.length > 1) {
          throw new UsageError(`--config takes one decision; found ${found.count}. Name it by its id.`);
        }
        const config = records.length === 1 ? options.config : undefined;
        if (config) stderr.write(NOTICE);
        const anew = config && (await runModules({ stderr, giveUp }, () => decideAnew(records[0]!, config, hasher)));
        if (options.format === "json") {
          const { decidingData } = await import("./pretty-deciding.js");
          stdout.write(
            asJson({ version: 1, count: found.count, decisions: records, ...(anew && { anew: decidingData(anew) }) }),
          );
          return code;
        }
        const { prettyDecision } = await import("./pretty-decision.js");
        const shown = records.map((record) => prettyDecision(record, paint, widthOf(stdout, env)));
        if (anew) {
          const { prettyDeciding } = await import("./pretty-deciding.js");
          shown.push(prettyDeciding(records[0]!, anew, paint, widthOf(stdout, env)));
        }
        if (found.count > records.length)
          shown.push(`${count(found.count - records.length, "earlier decision")} not shown: --limit\n`);
        if (found.count === 0) shown.push("No decision was found.\n");
        stdout.write(printable(shown.join("\n")));
        return code;
      }),
    );
}

const OTHER_KEY = "Some decisions have hashes of a key that isn't known here: users and rooms aren't found in them.\n";
const NAMELESS =
  "Some decisions were recorded with `personal: none`: users and rooms aren't found in them. Look for an event, a request or a time.\n";

/** What a replay does and doesn't keep modules from doing, for the person who starts it. */
export const NOTICE =
  "Modules run in this process, without a homeserver: Ligand's services answer from the record. What a module does without them, such as opening a connection, it does.\n";

/** What may be what was looked for, and can't be read. */
function unreadText({ count: number, file, line }: UnreadLines, why: string): string {
  return printable(`${count(number, "line")} can't be read, first line ${line} of ${file}: ${why}.\n`);
}

async function decideAnew(record: DecisionRecord, config: readonly string[], hasher: PersonalHash | undefined) {
  const { decidingEntries } = await import("../replay/deciding-entries.js");
  return decidingEntries(record, config, { hasher });
}

function queryOf(id: string | undefined, { request, user, room, since }: WhyOptions): DecisionQuery {
  if ([id, request, user, room, since].every((each) => each === undefined)) {
    throw new UsageError("say which decision: an id, --request, --user, --room or --since");
  }
  return {
    ...(id !== undefined && { id }),
    ...(request !== undefined && { requestId: request }),
    ...(user !== undefined && { user }),
    ...(room !== undefined && { room }),
    ...(since !== undefined && { sinceMs: Date.now() - since }),
  };
}

function limitOption(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("Expected a number of decisions, such as 10.");
}
