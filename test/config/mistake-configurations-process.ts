import { execFile } from "node:child_process";
import { promisify } from "node:util";

const PROGRAM = new URL("./mistake-configurations.js", import.meta.url).pathname;

/** Tries so many configurations with mistakes. Rejects with the one that fails, and how. */
export async function mistakeConfigurations(count: number): Promise<void> {
  await promisify(execFile)(process.execPath, ["--enable-source-maps", PROGRAM, String(count)]);
}
