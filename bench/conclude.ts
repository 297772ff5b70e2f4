import { writeFileSync } from "node:fs";
import { machine } from "./machine.js";
import { missesTarget, type Row } from "./row.js";

/** Says which targets are missed, writes the rows where they are wanted, and fails where that is wanted. */
export function conclude(rows: readonly Row[], { out, strict }: { readonly out?: string; readonly strict: boolean }) {
  const missed = rows.filter(missesTarget);
  console.log(missed.length === 0 ? "Every target is met." : `${missed.length} rows miss their target:`);
  for (const { group, name, value, target } of missed)
    console.log(`- ${group}: ${name}: ${value.toFixed(2)}, not ≤ ${target}`);
  if (out) writeFileSync(out, `${JSON.stringify({ machine: machine(), rows }, undefined, 2)}\n`);
  if (strict && missed.length > 0) process.exitCode = 1;
}
