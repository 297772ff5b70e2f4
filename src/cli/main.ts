#!/usr/bin/env node
import { noticeExit } from "./notice-exit.js";
import { runCli, writeFailure } from "./run-cli.js";
import { ExitCode } from "./terminal.js";

const { stdout, stderr, env } = process;
for (const stream of [stdout, stderr]) stream.on("error", ignoreClosedPipe);
// Code of modules runs here when they are imported, and may throw later than that.
process.on("uncaughtException", (error) => void fail(error));

const commandEnded = noticeExit();
await exit(await runCli(process.argv.slice(2), { stdout, stderr, env }));

async function fail(error: unknown): Promise<void> {
  await writeFailure(
    error,
    { stdout, stderr, env },
    {
      stack: Boolean(env.DEBUG) || process.argv.includes("--stack"),
    },
  );
  await exit(ExitCode.PROBLEMS);
}

/** Ends the process even if a module left something running, once all output has been taken. */
async function exit(code: ExitCode): Promise<never> {
  for (const stream of [stdout, stderr]) await new Promise((resolve) => stream.write("", resolve));
  commandEnded();
  process.exit(code);
}

/** A reader that has seen enough, such as `head`, is no error. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
