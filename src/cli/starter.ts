import { fstatSync } from "node:fs";
import type { Logger } from "winston";
import type { Starter } from "../watch/messages.js";

/**
 * The variable by which the starter of `ligand serve` has it stop when its standard input ends. The other end of that
 * pipe closes with the starter's process, however that ends; wrappers such as npx and shells pass both on.
 */
export const STOP_WITH_STDIN = "LIGAND_STOP_WITH_STDIN";

/** The process that started this one, if this one isn't to outlive it; otherwise undefined. */
export function findStarter(): Starter | undefined {
  const { env, ppid } = process;
  if (!env[STOP_WITH_STDIN]) return undefined;
  // It's said of this process, and not of those that modules start.
  delete env[STOP_WITH_STDIN];
  const input = fstatSync(0);
  return { pid: ppid, hasPipe: input.isFIFO() || input.isSocket() };
}

/** Warns if a starter's exit can be missed: behind a shell or npx, which may outlive it. */
export function warnOfStarter({ hasPipe }: Starter, logger: Logger): void {
  if (hasPipe) return;
  logger.warn(
    `${STOP_WITH_STDIN} is set, but standard input isn't a pipe: only the end of the parent process is noticed`,
  );
}

/** Waits for the end of standard input on this thread, where no other does; a thread that is blocked doesn't notice. */
export function endOfInput(ended: (why: string) => void): void {
  const end = () => ended("its standard input ended");
  process.stdin.once("end", end).once("error", end).resume();
}
