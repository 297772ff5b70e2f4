import { Command } from "commander";
import { ConfigError } from "../errors/start-error.js";
import type { LockedModules } from "../lock/lock-file.js";
import { count } from "./count.js";
import { runModules } from "./run-modules.js";
import { ExitCode, printable, type Terminal, widthOf } from "./terminal.js";
import { wrap } from "./wrap.js";

/** `ligand lock`: writes down what modules are, so that they can't change unseen. */
export function lockCommand({ stdout, stderr, env, giveUp }: Terminal, end: (code: ExitCode) => void): Command {
  return new Command("lock")
    .summary("accept modules as they are, so that none changes unseen")
    .description(
      "Write down what the modules of a configuration are: their files, their dependencies, and the hooks, services, web " +
        "paths and login types that they ask for. The lock is beside the first file, with the extension `.lock.json`. " +
        "Where it exists, nothing imports or starts modules that are different. Modules are imported, and not " +
        "constructed: nothing starts.",
    )
    .argument("<file...>", "YAML files, or folders of them, of which the last one with a section `modules:` wins")
    .option("--check", "write nothing; say what's different from the lock, with exit status 1", false)
    .addHelpText(
      "after",
      `
Examples:
  $ ligand lock homeserver.yaml             writes homeserver.lock.json, and says what changed
  $ ligand lock --check homeserver.yaml     in CI: whether the lock is up to date`,
    )
    .action(async (files: string[], { check }: { check: boolean }) => {
      const [{ surveyModules, valueOf }, { RecordedModules, changesFrom }, { lockFileOf, readLock, writeLock }] =
        await Promise.all([
          import("../survey-modules.js"),
          import("../lock/recorded-modules.js"),
          import("../lock/lock-file.js"),
        ]);
      const before = await readLock(files);
      // A lock that can't be read is what writing it again mends.
      if (check) valueOf(before, ConfigError);
      const holding = new RecordedModules();
      const { value, problems, failed } = await runModules({ stderr, giveUp }, () =>
        surveyModules({ configFile: files }, { holding }),
      );
      // The others would start without these modules, but then nothing would be known of them.
      const all = [...problems, ...failed.flatMap((module) => module.problems)];
      const now = holding.of(valueOf({ value, problems: all }, ConfigError) ?? []);
      const changes = changesFrom(before.value ?? {}, now);
      const path = lockFileOf(files);
      if (!check) await writeLock(files, now);
      const isSame = before.value !== undefined && changes.length === 0;
      const outcome = check ? checked(path, isSame, before.value !== undefined, files) : locked(path, isSame, now);
      const lines = [...changes, outcome].map((line) => wrap(`${line}\n`, widthOf(stdout, env)));
      stdout.write(printable(lines.join("")));
      if (check && !isSame) end(ExitCode.PROBLEMS);
    });
}

function checked(path: string, isSame: boolean, isThere: boolean, files: readonly string[]): string {
  if (isSame) return `${path} is up to date`;
  const fault = isThere ? `${path} says something else` : `there is no ${path}`;
  return `${fault}. To accept the modules as they are: ligand lock ${files.join(" ")}`;
}

function locked(path: string, isSame: boolean, modules: LockedModules): string {
  return isSame ? `${path}: nothing changed` : `${path}: ${count(Object.keys(modules).length, "module")} locked`;
}
