import { fstatSync } from "node:fs";
import type { Logger } from "winston";

/**
 * The variable by which whoever starts `ligand serve` has it stop when its standard input ends. The other end of that
 * pipe closes with the starter's process, however that ends; wrappers such as npx and shells pass both on.
 */
export const STOP_WITH_STDIN = "LIGAND_STOP_WITH_STDIN";

/** Stops once whoever started this process has ended, if that was asked for. */
export function stopWithStarter(stop: (why: string) => void, logger: Logger): void {
  const { env, stdin } = process;
  if (!env[STOP_WITH_STDIN]) return;
  // It is said of this process, and not of those that modules start.
  delete env[STOP_WITH_STDIN];
  const input = fstatSync(0);
  if (!input.isFIFO() && !input.isSocket()) {
    logger.warn(`${STOP_WITH_STDIN} is set, but the standard input is no pipe: this process may outlive its starter`);
    return;
  }
  const gone = () => stop("since the process that started this one has ended");
  stdin.once("end", gone).once("error", gone).resume();
}
