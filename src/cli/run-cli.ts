import { inspect } from "node:util";
import { Command, CommanderError } from "commander";
import { caught } from "../errors/caught.js";
import { errorPlace } from "../errors/error-place.js";
import { LigandError } from "../errors/ligand-error.js";
import { causeMessages } from "../errors/problem.js";
import { StartError } from "../errors/start-error.js";
import { redactText } from "../errors/secrets.js";
import { VERSION } from "../package.js";
import { checkCommand } from "./check-command.js";
import { decisionsCommand } from "./decisions-command.js";
import { explainCommand } from "./explain-command.js";
import { hooksCommand } from "./hooks-command.js";
import { lockCommand } from "./lock-command.js";
import { schemaCommand } from "./schema-command.js";
import { reloadCommand } from "./reload-command.js";
import { replayCommand } from "./replay-command.js";
import { serveCommand } from "./serve-command.js";
import { UsageError } from "./option-values.js";
import { ExitCode, paintFor, printable, wantsColour, widthOf, type Paint, type Terminal } from "./terminal.js";
import { whyCommand } from "./why-command.js";
import { wrap } from "./wrap.js";

/**
 * Runs one command. Writes to the given terminal; never throws and never exits the process.
 *
 * @param args what follows the name of the program
 * @param onCode called with what the command would end with now, whenever that changes
 */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  onCode: (code: ExitCode) => void = () => undefined,
): Promise<ExitCode> {
  let code: ExitCode = ExitCode.OK;
  const program = createProgram(terminal, (ended) => onCode((code = ended)));
  try {
    await program.parseAsync(args, { from: "user" }).catch((error: unknown) => {
      if (error instanceof UsageError) program.error(`error: ${error.message}`);
      throw error;
    });
    return code;
  } catch (thrown) {
    const error = caught(thrown);
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    const { color, stack = Boolean(terminal.env.DEBUG) } = program.opts<GlobalOptions>();
    await writeFailure(error, terminal, { stack, ...(color !== undefined && { color }) });
    return code === ExitCode.OK ? ExitCode.PROBLEMS : code;
  }
}

/** Writes why the command failed: every problem of a configuration, or an unexpected error. */
export async function writeFailure(
  thrown: unknown,
  { stderr, env }: Terminal,
  { color, stack = false }: GlobalOptions = {},
): Promise<void> {
  const error = caught(thrown);
  const paint = paintFor(stderr, env, color);
  const width = widthOf(stderr, env);
  if (error instanceof StartError) {
    const { prettyProblems } = await import("./pretty-problems.js");
    stderr.write(await prettyProblems(error.problems, paint, width));
  } else {
    stderr.write(wrap(failureText(error, { stack, paint }), width));
  }
}

/** An unexpected error: what happened and what to do. The stack only on request. */
function failureText(error: Error, { stack, paint }: { stack: boolean; paint: Paint }): string {
  const [message = "", ...causes] = causeMessages(error);
  const known = error instanceof LigandError ? error : undefined;
  const place = known ? undefined : errorPlace(error);
  const remedy = known?.remedy ?? "This may be a bug in Ligand or in a module. `--stack` shows where it happened.";
  return printable(
    [
      `${paint("red", "error:")} ${message}${known ? ` ${paint("dim", known.code)}` : place ? ` (at ${place})` : ""}`,
      ...causes.map((text) => `  caused by: ${text}`),
      `  ${paint("green", "→")} ${remedy}`,
      ...(stack ? [redactText(inspect(error))] : []),
      "",
    ].join("\n"),
  );
}

interface GlobalOptions {
  readonly color?: boolean;
  readonly stack?: boolean;
}

function createProgram(terminal: Terminal, end: (code: ExitCode) => void): Command {
  const { stdout, stderr, env } = terminal;
  const program = new Command("ligand")
    .description("Pluggable modules of a Matrix homeserver: check a configuration and see what its modules do.")
    .version(VERSION, "-V, --version", "show the version")
    .option("--color", "colour the output, also where it is not a terminal")
    .option("--no-color", "do not colour the output; the environment variable NO_COLOR does the same")
    .option("--stack", "show the stack of an unexpected error; the environment variable DEBUG does the same")
    .addHelpText(
      "after",
      `
Examples:
  $ ligand check homeserver.yaml            every mistake, with its place and what to do
  $ ligand explain homeserver.yaml          which module answers which hook, in which order
  $ ligand hooks SpamChecker                all about the hooks of a category
  $ ligand schema homeserver.yaml           a JSON Schema for editors

\`ligand COMMAND --help\` has more examples.`,
    )
    .showHelpAfterError("(`--help` shows how to call it)")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(wrap(text, widthOf(stdout, env))),
      // The misspelt option is shown, and its value may be a secret: `--databse=postgres:…`.
      writeErr: (text) => stderr.write(wrap(redactText(text), widthOf(stderr, env))),
      getOutHelpWidth: () => widthOf(stdout, env) ?? 80,
      getErrHelpWidth: () => widthOf(stderr, env) ?? 80,
      getOutHasColors: () => wantsColour(stdout, env),
      getErrHasColors: () => wantsColour(stderr, env),
    });
  const commands = [
    checkCommand(terminal, end),
    explainCommand(terminal),
    hooksCommand(terminal),
    schemaCommand(terminal, end),
    lockCommand(terminal, end),
    serveCommand(terminal, end),
    reloadCommand(terminal, end),
    whyCommand(terminal, end),
    replayCommand(terminal, end),
    decisionsCommand(terminal, end),
  ];
  for (const command of commands) {
    for (const each of [command, ...command.commands]) each.copyInheritedSettings(program);
    program.addCommand(command);
  }
  return program;
}
