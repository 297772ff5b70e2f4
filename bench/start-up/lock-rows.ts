import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { inFreshProcesses, valuesOf } from "../fresh-process.js";
import { ratioRow, spreadRow, type Row } from "../row.js";
import { ratioOf, spreadOf } from "../statistics.js";
import { writeConfiguration } from "./start-up-rows.js";

const LIGAND = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

/** What it costs a start to hold its modules to a lock. Each number is of fresh processes. */
export async function lockRows(times: number, count = 100): Promise<Row[]> {
  const directories = await Promise.all([
    mkdtemp(join(tmpdir(), "ligand-bench-")),
    mkdtemp(join(tmpdir(), "ligand-bench-")),
  ]);
  try {
    const [free, locked] = await Promise.all(directories.map((each) => writeConfiguration(each, "ligand", count)));
    await promisify(execFile)(process.execPath, [LIGAND, "lock", locked!]);
    const [without, held] = [`ligand ${free}`, `ligand ${locked}`];
    const measured = await inFreshProcesses(new URL("./start-up-child.js", import.meta.url), [without, held], times);
    const [base, ms] = [valuesOf(measured[without]!, "ms"), valuesOf(measured[held]!, "ms")];
    const group = `start-up: ${count} modules, each with its own file`;
    return [
      spreadRow(group, "base: without a lock", "ms", spreadOf(base)),
      spreadRow(group, "with a lock", "ms", spreadOf(ms)),
      ratioRow(group, "with a lock, against the base", ratioOf(ms, base)),
    ];
  } finally {
    await Promise.all(directories.map((each) => rm(each, { recursive: true })));
  }
}
