import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { conclude } from "../conclude.js";
import { record } from "../record.js";
import type { Row } from "../row.js";
import { table } from "../table.js";
import { hookRows } from "./hook-rows.js";
import { largeRoomRows } from "./large-room-rows.js";
import { outageRows } from "./outage-rows.js";
import { roundTripRows } from "./round-trip-rows.js";
import { sendRows } from "./send-rows.js";
import { unsignedRows } from "./unsigned-rows.js";

const { values: options } = parseArgs({
  options: {
    /** Which part to run: by default all but `hooks`, `large-rooms` and `unsigned`; the one on PostgreSQL where DATABASE_URL says where it is. */
    only: { type: "string", multiple: true, default: ["round-trip", "send", "send-postgres", "outage"] },
    /** How often each variant is measured. */
    rounds: { type: "string", default: "60" },
    /** Where the results are written. */
    out: { type: "string" },
    /** Exits with 1 when a target is missed. */
    strict: { type: "boolean", default: false },
  },
});

const rounds = Number(options.rounds);
const rows: Row[] = [];
const directory = await mkdtemp(join(tmpdir(), "ligand-bench-"));
const parts: Readonly<Record<string, () => Promise<Row[]>>> = {
  "round-trip": () => roundTripRows(directory, Math.ceil(rounds / 3)),
  send: () => sendRows(directory, rounds, "SQLite"),
  ...(process.env["DATABASE_URL"] && { "send-postgres": () => sendRows(directory, rounds, "PostgreSQL") }),
  outage: () => outageRows(directory),
  hooks: () => hookRows(directory, Math.ceil(rounds / 3)),
  unsigned: () => unsignedRows(directory, Math.ceil(rounds / 3)),
  "large-rooms": () => largeRoomRows(directory, Math.ceil(rounds / 3)),
};
try {
  for (const [name, run] of Object.entries(parts)) {
    if (!options.only.includes(name)) continue;
    const more = await run();
    rows.push(...more);
    console.log(table(more));
  }
} finally {
  await rm(directory, { recursive: true });
}

if (options.out) record(options.out, rows);
conclude(rows, options);
