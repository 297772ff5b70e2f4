import { writeSync } from "node:fs";
// Not the global one, which a module may have replaced.
import process from "node:process";
import { noticeEarlyEnd } from "./early-end.js";
import { runCli, writeFailure } from "./run-cli.js";
import { ExitCode } from "./terminal.js";

const { stdout, stderr, env } = process;
for (const stream of [stdout, stderr]) stream.on("error", ignoreClosedPipe);
// Importing modules runs their code, which may throw later, too.
process.on("uncaughtException", (error) => void fail(error));
// Without it, Node describes what isn't an error by its string, and says nothing of where it comes from.
process.on("unhandledRejection", (error) => void fail(error));

/** What the command ends with if it fails now. */
let failed: ExitCode = ExitCode.PROBLEMS;
let isFailing = false;
const { giveUp, commandEnded } = noticeEarlyEnd(() => failed);
await exit(await runCli(process.argv.slice(2), { stdout, stderr, env, giveUp }, (code) => (failed = code || failed)));

/** What is thrown meanwhile may come from the same failure, so that saying it, too, would never end. */
async function fail(error: unknown): Promise<void> {
  if (isFailing) return;
  isFailing = true;
  try {
    const stack = Boolean(env.DEBUG) || process.argv.includes("--stack");
    await writeFailure(error, { stdout, stderr, env }, { stack });
  } catch {
    // A module has replaced what describing an error needs.
    writeSync(2, "error: something was thrown that can't be described\n");
  }
  await exit(failed);
}

/** Exits even if a module left something running, once all output has been written. */
async function exit(code: ExitCode): Promise<never> {
  for (const stream of [stdout, stderr]) await new Promise((resolve) => stream.write("", resolve));
  commandEnded();
  process.exit(code);
}

/** A reader that closes early, such as `head` or a terminal, isn't an error. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
}
