import { Command } from "commander";
import { ConfigError } from "../errors/start-error.js";
import { runModules } from "./run-modules.js";
import { asJson, paintFor, type Terminal, widthOf } from "./terminal.js";

/** `ligand explain`: what the modules of a configuration do together. */
export function explainCommand({ stdout, stderr, env, giveUp }: Terminal): Command {
  return new Command("explain")
    .summary("show which module answers what, in which order")
    .description(
      "Show the modules of a homeserver's configuration in their order, the services that each uses and where they come " +
        "from, what runs in the background, which callbacks answer each hook and in which order, the web paths with the " +
        "module that serves each, and the login types. Modules are imported, and not constructed: nothing starts.",
    )
    .argument("<file...>", "YAML files, or folders of them, of which the last one with a section `modules:` wins")
    .option("--json", "write JSON, whose members stay what they are within its `version`")
    .addHelpText(
      "after",
      `
Examples:
  $ ligand explain homeserver.yaml
  $ ligand explain --json homeserver.yaml | jq '.hooks[] | select(.hook == "checkEventForSpam").callbacks'

Reading a hook: its callbacks are asked from 1 downwards. Behind its name stands how their answers become one result,
and when the dispatch ends early; then what happens when a callback throws. \`ligand hooks CATEGORY\` says more of each.`,
    )
    .action(async (files: string[], { json }: { json?: true }, command: Command) => {
      const [{ surveyModules, valueOf }, { explain }] = await Promise.all([
        import("../survey-modules.js"),
        import("./explanation.js"),
      ]);
      const survey = await runModules({ stderr, giveUp }, () => surveyModules({ configFile: files }));
      const explanation = await explain(valueOf(survey, ConfigError), survey);
      if (json) {
        stdout.write(asJson(explanation));
      } else {
        const { prettyExplanation } = await import("./pretty-explanation.js");
        stdout.write(
          prettyExplanation(explanation, paintFor(stdout, env, command.optsWithGlobals().color), widthOf(stdout, env)),
        );
      }
    });
}
