import { missesTarget, type Row } from "./row.js";

/** Says which targets are missed, and fails where that is wanted. */
export function conclude(rows: readonly Row[], { strict }: { readonly strict: boolean }): void {
  const missed = rows.filter(missesTarget);
  console.log(missed.length === 0 ? "Every target is met." : `${missed.length} rows miss their target:`);
  for (const { group, name, value, target } of missed)
    console.log(`- ${group}: ${name}: ${value.toFixed(2)}, not ≤ ${target}`);
  if (strict && missed.length > 0) process.exitCode = 1;
}
