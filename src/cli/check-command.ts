import { Command, Option } from "commander";
import type { ModuleEntry } from "../config/module-entry.js";
import { isError, sortProblems, type Problem } from "../errors/problem.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { count, countProblems } from "./count.js";
import { disabledData } from "./disabled-module.js";
import { runModules } from "./run-modules.js";
import { asJson, ExitCode, type Paint, paintFor, type Terminal, widthOf } from "./terminal.js";
import { wrap } from "./wrap.js";

/** `ligand check`: whether a configuration is right. */
export function checkCommand({ stdout, stderr, env, giveUp }: Terminal, end: (code: ExitCode) => void): Command {
  return new Command("check")
    .summary("check a configuration and report every mistake")
    .description(
      "Check the section `modules:` of a homeserver's configuration: the YAML, the packages and files of the modules, " +
        "the config of each module, and the rules that modules can only break together. Every mistake is reported, " +
        "with its place and what to do. Modules are imported, and not constructed: nothing starts.",
    )
    .argument("<file...>", "YAML files, or folders of them, of which the last one with a section `modules:` wins")
    .addOption(
      new Option("--format <format>", "for people, for programs, or as annotations of GitHub Actions")
        .choices(["pretty", "json", "github"])
        .default("pretty"),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ ligand check homeserver.yaml
  $ ligand check homeserver.yaml conf.d/modules.yaml
  $ ligand check --format json homeserver.yaml | jq '.problems[].message'
  $ ligand check --format github homeserver.yaml      in a GitHub workflow: annotates the lines

Ends with 0 when nothing is wrong or there are warnings alone, 1 when there are problems, 2 when it was called wrongly.`,
    )
    .action(async (files: string[], { format }: { format: Format }, command: Command) => {
      const report = await runModules({ stderr, giveUp }, () => check(files));
      stdout.write(
        await FORMATS[format](report, paintFor(stdout, env, command.optsWithGlobals().color), widthOf(stdout, env)),
      );
      end(report.problems.some(isError) ? ExitCode.PROBLEMS : ExitCode.OK);
    });
}

/** The result of checking a configuration. */
interface CheckReport {
  readonly files: readonly string[];
  /** The modules, if no error keeps them from starting. */
  readonly modules: readonly LoadedModule[];
  /** The entries that aren't loaded because they say `enabled: false`. */
  readonly disabled: readonly ModuleEntry[];
  readonly problems: readonly Problem[];
}

/** Reads a configuration and imports its modules, without constructing them. */
async function check(files: readonly string[]): Promise<CheckReport> {
  const { surveyModules } = await import("../survey-modules.js");
  const { DelegatedAuth } = await import("./delegated-auth.js");
  const delegated = new DelegatedAuth();
  const survey = await surveyModules({ configFile: files }, { eachFile: (root) => delegated.see(root) });
  const { value: modules = [], failed, disabled } = survey;
  const problems = sortProblems([
    ...survey.problems,
    // The others run without these modules, but that's no reason not to mention their mistakes.
    ...failed.flatMap((module) => module.problems),
    ...delegated.problems(modules),
  ]);
  return { files, modules: problems.some(isError) ? [] : modules, disabled, problems };
}

type Format = "pretty" | "json" | "github";

const FORMATS: Record<Format, (report: CheckReport, paint: Paint, width?: number) => Promise<string>> = {
  async pretty(report, paint, width) {
    const right = report.problems.some(isError) ? "" : wrap(`${paint("green", "✓")} ${summary(report)}`, width);
    if (report.problems.length === 0) return right;
    const { prettyProblems } = await import("./pretty-problems.js");
    return (await prettyProblems(report.problems, paint, width)) + right;
  },
  async json({ files, modules, disabled, problems }) {
    const { problemData } = await import("./problem-formats.js");
    const ids = modules.map(({ info }) => info.id);
    return asJson({
      version: 1,
      ok: !problems.some(isError),
      files,
      modules: ids,
      disabled: disabled.map(disabledData),
      problems: problems.map(problemData),
    });
  },
  async github(report) {
    const { githubProblems } = await import("./problem-formats.js");
    return githubProblems(report.problems) + summary(report);
  },
};

function summary({ files, modules, disabled, problems }: CheckReport): string {
  const off = disabled.length > 0 ? ` (and ${disabled.length} disabled)` : "";
  const found = problems.some(isError) ? "" : `${count(modules.length, "module")}${off}, `;
  return `${files.join(", ")}: ${found}${countProblems(problems)}\n`;
}
