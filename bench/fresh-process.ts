import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { spreadRow, type Row } from "./row.js";
import { quantile, shuffled, spreadOf } from "./statistics.js";

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
    for (const arg of shuffled(args)) measured[arg].push((await printed(script, arg.split(" "))) as Measured);
  }
  return measured;
}

/**
 * The rows that a script of this folder prints, each the median over so many fresh processes, one after the other: a process
 * keeps the ratio that it starts with, which depends on what V8 inlines and where it puts it.
 */
export async function rowsOfProcesses(script: URL, args: readonly string[], times: number): Promise<Row[]> {
  const runs: Row[][] = [];
  for (let time = 0; time < times; time++) runs.push((await printed(script, args)) as Row[]);
  return runs[0]!.map(({ group, name, unit, target }, index) => {
    const rows = runs.map((run) => run[index]!);
    const quiet = rows.flatMap((row) => row.quiet ?? []);
    const spread = spreadOf(rows.map(({ value }) => value));
    return spreadRow(
      group,
      name,
      unit,
      { ...spread, ...(quiet.length > 0 && { quiet: quantile(quiet, 0.5) }) },
      target,
    );
  });
}

async function printed(script: URL, args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, ["--expose-gc", fileURLToPath(script), ...args]);
  return JSON.parse(stdout);
}

/** One value of each measurement. */
export function valuesOf(measured: readonly Measured[], name: string): number[] {
  return measured.map((values) => values[name]!);
}
