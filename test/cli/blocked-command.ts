import { noticeEarlyEnd } from "#src/cli/early-end.js";
import { runModules } from "#src/cli/run-modules.js";
import { ExitCode } from "#src/cli/terminal.js";

/** A command whose module blocks for good, or for the milliseconds of the argument: its program, with a limit of half a second. */
const { giveUp, commandEnded } = noticeEarlyEnd(() => ExitCode.USAGE);
await runModules({ stderr: process.stderr, giveUp }, async () => loopForGood(), 500);
commandEnded();

function loopForGood(): void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + Number(process.argv[2] ?? Infinity);
  // It needs no processor time.
  while (performance.now() < end) Atomics.wait(nothing, 0, 0, 20);
}
