import { parseArgs } from "node:util";
import { countedRows } from "./dispatch/dispatch-rows.js";
import { conclude } from "./conclude.js";
import { rowsOfProcesses } from "./fresh-process.js";
import type { Effort } from "./interleave.js";
import { record } from "./record.js";
import type { Row } from "./row.js";
import { startUpRows } from "./start-up/start-up-rows.js";
import { reloadRows } from "./start-up/reload-rows.js";
import { lockRows } from "./start-up/lock-rows.js";
import { checkRows } from "./published/check-rows.js";
import { importRows } from "./published/import-rows.js";
import { processRows } from "./published/process-rows.js";
import { heapRow } from "./dispatch/growth-rows.js";
import { recordRows } from "./dispatch/record-rows.js";
import { replayRows } from "./dispatch/replay-rows.js";
import { partRows } from "./parts/part-rows.js";
import { isolatedRows } from "./processes/isolated-rows.js";
import { neighbourRows } from "./processes/neighbour-rows.js";
import { whileAwake } from "./processes/keep-awake.js";
import { shadowRows } from "./processes/shadow-rows.js";
import { table } from "./table.js";

type Part = (effort: Effort, processes: number) => Promise<Row[]>;

/** A part that many fresh processes measure, each in a tenth of the rounds. */
const inFreshProcesses =
  (part: string): Part =>
  ({ rounds }, processes) =>
    rowsOfProcesses(
      new URL("./dispatch/rows-child.js", import.meta.url),
      [part, String(Math.ceil(rounds / 10))],
      4 * processes,
    );

/** What is measured by itself, and recorded by itself. */
const PARTS: Readonly<Record<string, Part>> = {
  dispatch: async (effort, processes) => [
    ...(await countedRows()),
    ...(await inFreshProcesses("dispatch")(effort, processes)),
    ...(await inFreshProcesses("growth")(effort, processes)),
    await heapRow(),
  ],
  budgets: inFreshProcesses("budgets"),
  record: recordRows,
  mixed: inFreshProcesses("mixed"),
  parts: partRows,
  async processes(effort) {
    return [
      ...(await whileAwake(() => neighbourRows(effort))),
      ...(await whileAwake(() => isolatedRows(effort.rounds / 5))),
      ...(await shadowRows(effort.rounds / 15)),
    ];
  },
  telemetry: inFreshProcesses("telemetry"),
  replay: ({ rounds }) => replayRows(rounds / 15),
  async "start-up"(_, processes) {
    return [...(await startUpRows(processes)), ...(await lockRows(processes))];
  },
  reload: (_, processes) => reloadRows(processes),
  import: (_, processes) => importRows(processes),
  async commands(_, processes) {
    return [...(await checkRows(processes)), ...(await processRows())];
  },
};

const { values: options } = parseArgs({
  options: {
    /** Which part to run; all of them by default. */
    only: { type: "string", multiple: true, default: Object.keys(PARTS) },
    /** How often each peer of a dispatch is measured. */
    rounds: { type: "string", default: "150" },
    /** How many fresh processes measure each start-up and each import; four times as many measure dispatches. */
    processes: { type: "string", default: "5" },
    /** Writes the rows of each part to `bench/results`. */
    record: { type: "boolean", default: false },
    /** Exits with 1 when a target is missed. */
    strict: { type: "boolean", default: false },
  },
});

const unknown = options.only.filter((name) => !(name in PARTS));
if (unknown.length > 0) throw new Error(`--only takes ${Object.keys(PARTS).join(", ")}; not ${unknown.join(", ")}`);
const effort = { rounds: Number(options.rounds), batchMs: 2 };
const rows: Row[] = [];
for (const [name, measure] of Object.entries(PARTS)) {
  if (!options.only.includes(name)) continue;
  const more = await measure(effort, Number(options.processes));
  rows.push(...more);
  console.log(table(more));
  if (options.record) record(`bench/results/${name}.json`, more);
}

conclude(rows, options);
