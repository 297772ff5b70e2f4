import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname } from "node:path";
import { machine } from "./machine.js";
import type { Row } from "./row.js";

/** Writes rows to a file, with the day, and what else the machine did in the minute before. */
export function record(file: string, rows: readonly Row[]): void {
  const day = new Date().toISOString().slice(0, "2000-01-01".length);
  mkdirSync(dirname(file), { recursive: true });
  const run = { day, load: Number(loadavg()[0]!.toFixed(1)), machine: machine(), rows };
  writeFileSync(file, `${JSON.stringify(run, undefined, 2)}\n`);
}
