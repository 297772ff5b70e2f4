import { Command, Option } from "commander";
import type { Replay } from "../replay/replay.js";
import { collect, pathOption } from "./option-values.js";
import { runModules } from "./run-modules.js";
import { answering, asJson, ExitCode, paintFor, printable, type Terminal, widthOf } from "./terminal.js";
import { NOTICE } from "./why-command.js";

/** What ends a replay with exit status 1. */
const FAIL_ON = ["any", "refuse", "unknown"] as const;

interface ReplayCommandOptions {
  readonly config: readonly string[];
  readonly baseline?: readonly string[];
  readonly without?: readonly string[];
  readonly keyFile?: string;
  readonly quiet: boolean;
  readonly format: "pretty" | "json";
  readonly failOn: (typeof FAIL_ON)[number];
}

/** `ligand replay`: what another configuration would have decided. */
export function replayCommand({ stdout, stderr, env, giveUp }: Terminal, end: (code: ExitCode) => void): Command {
  return new Command("replay")
    .summary("show what another configuration would have decided")
    .description(
      "Ask the modules of a configuration what a record says was asked, and show the decisions that would have been others. " +
        "There is no homeserver: services answer what they answered then, time is that of the record, nothing runs by " +
        "itself, and what acts isn't done. Where something isn't in the record, the decision is unknown.",
    )
    .argument("<file...>", "records: what `ligand serve --record` names")
    .requiredOption("--config <file>", "the configuration to decide with; may be repeated", collect)
    .option(
      "--baseline <file>",
      "the configuration of then, which finds modules that remember what isn't recorded; may be repeated",
      collect,
    )
    .option("--without <id>", "leave a module out, whatever the files say; may be repeated", collect)
    .option("--key-file <file>", "the key of the record's hashes, if it isn't where Ligand puts it", pathOption)
    .option("--quiet", "only the summary", false)
    .addOption(
      new Option("--format <format>", "for people, or for programs").choices(["pretty", "json"]).default("pretty"),
    )
    .addOption(
      new Option("--fail-on <what>", "what ends it with 1: any difference, a new refusal, or what is unknown as well")
        .choices(FAIL_ON)
        .default("any"),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ ligand replay record.jsonl --config stricter.yaml
  $ ligand replay record.jsonl --config new.yaml --baseline homeserver.yaml --quiet
  $ ligand replay record.jsonl --config homeserver.yaml --without spam-filter
  $ ligand replay record.jsonl --config new.yaml --format json | jq 'select(.kind == "difference").id'

Ends with 0 when no decision is another, even if some are unknown (see --fail-on unknown), 1 when one is, 2 when nothing
could be said: of no decision, or because a file can't be used or the command was called wrongly.`,
    )
    .action(
      answering(end, async (named: string[], options: ReplayCommandOptions, command: Command) => {
        const [{ recordFiles }, { keyOfRecord }, { Replay }, pretty] = await Promise.all([
          import("../replay/record-files.js"),
          import("../decisions/personal-hash.js"),
          import("../replay/replay.js"),
          import("./pretty-replay.js"),
        ]);
        const { prettyReplayed, prettySummary, replayedData, summaryData } = pretty;
        const { config, baseline, without, keyFile, quiet, format, failOn } = options;
        stderr.write(NOTICE);
        const hasher = await keyOfRecord(named[0]!, keyFile);
        const replay = new Replay({
          files: await recordFiles(named),
          config: { files: config },
          baseline: baseline && { files: baseline },
          without,
          hasher,
        });
        const paint = paintFor(stdout, env, command.optsWithGlobals().color);
        const width = widthOf(stdout, env);
        await runModules({ stderr, giveUp }, async () => {
          for await (const found of replay.run()) {
            if (quiet) continue;
            if (format === "json") stdout.write(`${JSON.stringify(replayedData(found))}\n`);
            else if ("change" in found) stdout.write(printable(prettyReplayed(found, paint, width)));
          }
        });
        const { summary } = replay;
        if (format === "json")
          stdout.write(quiet ? asJson(summaryData(summary)) : `${JSON.stringify(summaryData(summary))}\n`);
        else stdout.write(printable(prettySummary(summary, paint, width)));
        return exitCodeOf(summary, failOn);
      }),
    );
}

function exitCodeOf({ same, differences, different, unknown }: Replay["summary"], failOn: string): ExitCode {
  const isWrong = {
    any: differences > 0,
    refuse: different.refuses > 0,
    unknown: differences > 0 || unknown.length > 0,
  }[failOn];
  if (isWrong) return ExitCode.PROBLEMS;
  // Nothing was known of any decision.
  return same + differences === 0 ? ExitCode.USAGE : ExitCode.OK;
}
