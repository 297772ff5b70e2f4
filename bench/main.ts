import { parseArgs } from "node:util";
import { budgetRows } from "./dispatch/budget-rows.js";
import { COUNTS, countedRows, dispatchRows } from "./dispatch/dispatch-rows.js";
import { conclude } from "./conclude.js";
import type { Row } from "./row.js";
import { startUpRows } from "./start-up/start-up-rows.js";
import { reloadRows } from "./start-up/reload-rows.js";
import { lockRows } from "./start-up/lock-rows.js";
import { checkRows } from "./published/check-rows.js";
import { importRows } from "./published/import-rows.js";
import { processRows } from "./published/process-rows.js";
import { growthRows } from "./dispatch/growth-rows.js";
import { mixedRows } from "./dispatch/mixed-rows.js";
import { recordRows } from "./dispatch/record-rows.js";
import { replayRows } from "./dispatch/replay-rows.js";
import { telemetryRows } from "./dispatch/telemetry-rows.js";
import { partRows } from "./parts/part-rows.js";
import { isolatedRows } from "./processes/isolated-rows.js";
import { neighbourRows } from "./processes/neighbour-rows.js";
import { shadowRows } from "./processes/shadow-rows.js";
import { table } from "./table.js";

const { values: options } = parseArgs({
  options: {
    /** Which part to run; all of them by default. */
    only: {
      type: "string",
      multiple: true,
      default: [
        "dispatch",
        "budgets",
        "record",
        "mixed",
        "parts",
        "processes",
        "telemetry",
        "replay",
        "start-up",
        "published",
      ],
    },
    /** How often each peer of a dispatch is measured. */
    rounds: { type: "string", default: "150" },
    /** How many fresh processes measure each start-up and each import. */
    processes: { type: "string", default: "5" },
    /** Where the results are written. */
    out: { type: "string" },
    /** Exits with 1 when a target is missed. */
    strict: { type: "boolean", default: false },
  },
});

const rows: Row[] = [];
const report = (more: readonly Row[]) => {
  rows.push(...more);
  console.log(table(more));
};

const effort = { rounds: Number(options.rounds), batchMs: 2 };
if (options.only.includes("dispatch")) {
  report(await countedRows());
  // Not recorded: makes the engine see callbacks of all kinds before it is measured, as in a homeserver.
  for (const kind of ["async", "sync"] as const) {
    for (const count of COUNTS) await dispatchRows(kind, count, { rounds: 1, batchMs: 1 });
  }
  for (const kind of ["async", "sync"] as const) {
    for (const count of COUNTS) report(await dispatchRows(kind, count, effort));
  }
}
if (options.only.includes("dispatch")) report(await growthRows());
if (options.only.includes("budgets")) report(await budgetRows(effort));
if (options.only.includes("record")) report(await recordRows(effort));
if (options.only.includes("mixed")) {
  for (const count of [1, 3]) report(await mixedRows(count, effort));
}
if (options.only.includes("parts")) report(await partRows(effort));
if (options.only.includes("processes")) {
  report(await neighbourRows(effort));
  report(await isolatedRows(effort.rounds / 5));
  report(await shadowRows(effort.rounds / 15));
}
// After the others: a process that has made spans has seen two kinds of chains.
if (options.only.includes("telemetry")) report(await telemetryRows(effort));
if (options.only.includes("replay")) report(await replayRows(effort.rounds / 15));
if (options.only.includes("start-up")) {
  report(await startUpRows(Number(options.processes)));
  report(await lockRows(Number(options.processes)));
  report(await reloadRows(Number(options.processes)));
}
if (options.only.includes("published")) {
  report(await importRows(Number(options.processes)));
  report(await checkRows(Number(options.processes)));
  report(await processRows());
}

conclude(rows, options);
