import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { shuffled } from "./statistics.js";

const run = promisify(execFile);

/** What a child process measured, by name. */
export type Measured = Readonly<Record<string, number>>;

/**
 * Runs a script of this folder in a fresh process, with each of several arguments, `times` times, in random order
 * and never two at a time. Returns what it printed as JSON, by argument.
 */
export async function inFreshProcesses<Argument extends string>(
  script: URL,
  args: readonly Argument[],
  times: number,
): Promise<Record<Argument, Measured[]>> {
  const measured = Object.fromEntries(args.map((arg) => [arg, [] as Measured[]])) as Record<Argument, Measured[]>;
  for (let time = 0; time < times; time++) {
    for (const arg of shuffled(args)) {
      const { stdout } = await run(process.execPath, ["--expose-gc", fileURLToPath(script), ...arg.split(" ")]);
      measured[arg].push(JSON.parse(stdout) as Measured);
    }
  }
  return measured;
}

/** One value of each measurement. */
export function valuesOf(measured: readonly Measured[], name: string): number[] {
  return measured.map((values) => values[name]!);
}
