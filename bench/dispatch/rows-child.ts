// Measures one part of the benchmarks in this fresh process, and prints its rows.
import type { Effort } from "../interleave.js";
import type { Row } from "../row.js";
import { budgetRows } from "./budget-rows.js";
import { everyDispatchRow } from "./dispatch-rows.js";
import { growthRows } from "./growth-rows.js";
import { mixedRows } from "./mixed-rows.js";
import { telemetryRows } from "./telemetry-rows.js";

const PARTS: Readonly<Record<string, (effort: Effort) => Promise<Row[]>>> = {
  dispatch: everyDispatchRow,
  growth: growthRows,
  budgets: budgetRows,
  async mixed(effort) {
    return [...(await mixedRows(1, effort)), ...(await mixedRows(3, effort))];
  },
  telemetry: telemetryRows,
};

const [part, rounds] = process.argv.slice(2) as [string, string];
// Makes the engine see callbacks of all kinds before it is measured, as in a homeserver.
await everyDispatchRow({ rounds: 1, batchMs: 1 });
process.stdout.write(JSON.stringify(await PARTS[part]!({ rounds: Number(rounds), batchMs: 2 })));
// The hosts of the peers are not stopped: they end with the process.
process.exit();
