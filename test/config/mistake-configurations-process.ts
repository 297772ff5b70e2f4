import { execFile } from "node:child_process";
import { promisify } from "node:util";

const PROGRAM = new URL("./mistake-configurations.js", import.meta.url).pathname;

/**
 * Tries so many configurations with mistakes. Rejects with the one that fails, or uses more than two seconds of CPU time,
 * and how.
 *
 * @param hangsAt which one is made to hang, counted from 0
 */
export async function mistakeConfigurations(count: number, hangsAt?: number): Promise<void> {
  const args = [count, ...(hangsAt === undefined ? [] : [hangsAt])].map(String);
  await promisify(execFile)(process.execPath, ["--enable-source-maps", PROGRAM, ...args]);
}
