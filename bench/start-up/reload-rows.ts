import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inFreshProcesses, valuesOf } from "../fresh-process.js";
import { ratioRow, spreadRow, type Row } from "../row.js";
import { ratioOf, spreadOf } from "../statistics.js";
import { writeConfiguration } from "./start-up-rows.js";

/** What it costs to take a module out by a reload, compared with a start. Each number is of fresh processes. */
export async function reloadRows(times: number, count = 50): Promise<Row[]> {
  const directory = await mkdtemp(join(tmpdir(), "ligand-bench-"));
  try {
    const configFile = await writeConfiguration(directory, "ligand", count);
    const script = new URL("./reload-child.js", import.meta.url);
    const { [configFile]: measured } = await inFreshProcesses(script, [configFile], times);
    const [start, reload] = [valuesOf(measured!, "startMs"), valuesOf(measured!, "reloadMs")];
    const group = `a reload that disables one of ${count} modules`;
    return [
      spreadRow(group, "base: their start", "ms", spreadOf(start)),
      spreadRow(group, "the reload", "ms", spreadOf(reload)),
      ratioRow(group, "the reload, against the base", ratioOf(reload, start), 0.2),
    ];
  } finally {
    await rm(directory, { recursive: true });
  }
}
