import { execFile } from "node:child_process";
import { promisify } from "node:util";

const PROGRAM = new URL("./mistake-configurations.js", import.meta.url).pathname;

/**
 * Tries so many configurations with mistakes. Rejects with the one that fails, or uses more CPU time than it may, and how.
 *
 * @param hangsAt which one hangs, counted from 0; then nothing is done with those before it
 */
export async function mistakeConfigurations(count: number, limitMs = 2000, hangsAt?: number): Promise<void> {
  const args = [count, limitMs, ...(hangsAt === undefined ? [] : [hangsAt])].map(String);
  await promisify(execFile)(process.execPath, ["--enable-source-maps", PROGRAM, ...args]);
}
