import { Command } from "commander";
import { asJson, paintFor, type Terminal, widthOf } from "./terminal.js";

/** `ligand hooks`: the catalogue. */
export function hooksCommand({ stdout, env }: Terminal): Command {
  return new Command("hooks")
    .summary("list the hooks that a module can answer")
    .description(
      "List every hook by category: how answers become one result, and what an error of a callback does. With the name " +
        "of a category, say all about each of its hooks: arguments, legal answers, Synapse's name.",
    )
    .argument("[category]", "such as SpamChecker")
    .option("--json", "write JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ ligand hooks
  $ ligand hooks SpamChecker
  $ ligand hooks --json | jq -r '.[].hooks[] | select(.status == "stable").hook'

The same, to read at length, is in docs/hooks.md.`,
    )
    .action(async (name: string | undefined, { json }: { json?: true }, command: Command) => {
      const { hookList, findCategory } = await import("./hook-list.js");
      const list = hookList();
      const result = name === undefined ? undefined : findCategory(list, name);
      if (result && !result.found) {
        const suggestion = result.meant === undefined ? "" : `\n(Did you mean ${result.meant}?)`;
        const known = list.map(({ category }) => category).join(", ");
        command.error(`error: unknown category '${name}'; it must be one of ${known}${suggestion}`);
      }
      if (json) {
        stdout.write(asJson(result?.found ? [result.found] : list));
        return;
      }
      const { prettyHookList, prettyHooks } = await import("./pretty-hook-list.js");
      const paint = paintFor(stdout, env, command.optsWithGlobals().color);
      const width = widthOf(stdout, env);
      stdout.write(result?.found ? prettyHooks(result.found, paint, width) : prettyHookList(list, paint, width));
    });
}
