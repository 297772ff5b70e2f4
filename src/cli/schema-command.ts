import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { LigandError } from "../errors/ligand-error.js";
import { runModules } from "./run-modules.js";
import { asJson, ExitCode, paintFor, type Terminal, widthOf } from "./terminal.js";
import { wrap } from "./wrap.js";

/** `ligand schema`: the JSON Schema by which an editor completes and checks `modules:`. */
export function schemaCommand({ stdout, stderr, env, giveUp }: Terminal, end: (code: ExitCode) => void): Command {
  return new Command("schema")
    .summary("write a JSON Schema by which editors complete and check `modules:`")
    .description(
      "Write the JSON Schema of the section `modules:`, with the config of each module that the files list. The configs " +
        "may be wrong, or missing; write the schema again when a module is added or updated.",
    )
    .argument("<file...>", "YAML files, of which the last one with a section `modules:` wins")
    .option("--out <path>", "write to a file instead of the standard output")
    .addHelpText(
      "after",
      `
Examples:
  $ ligand schema homeserver.yaml --out homeserver.schema.json

Then tell the editor. Either in the first line of homeserver.yaml, for VS Code (with the extension "YAML" of Red Hat)
and every other editor that uses yaml-language-server:
  # yaml-language-server: $schema=./homeserver.schema.json
or in VS Code's settings.json:
  "yaml.schemas": { "./homeserver.schema.json": "homeserver.yaml" }`,
    )
    .action(async (files: string[], { out }: { out?: string }, command: Command) => {
      const { schemaReport } = await import("./schema-report.js");
      const { value: schema, problems } = await runModules({ stderr, giveUp }, () => schemaReport(files));
      if (out === undefined) stdout.write(asJson(schema));
      else await write(out, asJson(schema));
      if (problems.length === 0) return;
      const { prettyProblems } = await import("./pretty-problems.js");
      stderr.write(
        await prettyProblems(problems, paintFor(stderr, env, command.optsWithGlobals().color), widthOf(stderr, env)),
      );
      stderr.write(wrap("The schema leaves out the modules of these entries.\n", widthOf(stderr, env)));
      end(ExitCode.PROBLEMS);
    });
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new LigandError("LIGAND_ARGUMENT_INVALID", `the schema could not be written to ${JSON.stringify(file)}`, {
      cause,
      remedy: "Give `--out` a path in a folder that exists and that you may write to.",
    });
  }
}
