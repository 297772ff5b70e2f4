import { parseArgs } from "node:util";
import * as current from "ligand";
import { mixed, type Ligand } from "../dispatch/mixed-rows.js";
import { entriesOf, quietHost } from "../quiet-host.js";
import { distinctSource } from "../dispatch/distinct-source.js";
import { interleave, type Subject } from "../interleave.js";
import { ratioRow, type Row } from "../row.js";
import { ratioOf } from "../statistics.js";
import { table } from "../table.js";
import { buildRevision } from "./build-revision.js";

// Measures this tree and another revision side by side, in one process, and says what moved by more than its noise.
const { values: options, positionals } = parseArgs({
  options: {
    /** How often each of the two is measured. */
    rounds: { type: "string", default: "150" },
  },
  allowPositionals: true,
});
const [revision] = positionals;
if (revision === undefined)
  throw new Error("Name the revision to compare with, such as `npm run bench:compare -- main`.");

/** What is measured of a build, by name. */
async function subjectsOf(ligand: Ligand): Promise<Record<string, Subject>> {
  const subjects: Record<string, Subject> = {};
  for (const kind of ["async", "sync"] as const) {
    for (const count of [1, 3, 10, 50]) {
      const classes = Array.from({ length: count }, () => checkerOf(ligand, kind));
      const { hooks } = await quietHost({ modules: entriesOf(classes) }, ligand);
      const event = eventOf(ligand);
      subjects[`dispatch, ${count} ${kind}`] = () => hooks.spamChecker.checkEventForSpam(event);
    }
  }
  for (const count of [1, 3])
    subjects[`7 hooks in turn, ${count} async`] = (await mixed(count, ligand)).subjects.ligand;
  const event = eventOf(ligand);
  subjects["new RoomEvent"] = () => new ligand.RoomEvent(event.getDict());
  subjects["getDict"] = () => event.getDict();
  return subjects;
}

function checkerOf({ Module, SpamChecker }: Ligand, kind: "async" | "sync"): new () => object {
  class Checker {
    readonly minDepth = 0;
  }
  const value = distinctSource(`${kind === "async" ? "async " : ""}function check(event) {
    return event.depth < this.minDepth ? "M_FORBIDDEN" : "NOT_SPAM";
  }`);
  Object.defineProperty(Checker.prototype, "check", { value, configurable: true, writable: true });
  const descriptor = Object.getOwnPropertyDescriptor(Checker.prototype, "check")!;
  SpamChecker.checkEventForSpam()(Checker.prototype, "check", descriptor as never);
  Module()(Checker);
  return Checker;
}

function eventOf({ RoomEvent }: Ligand) {
  const content = { msgtype: "m.text", body: "hello" };
  return new RoomEvent({ room_id: "!room:example.org", type: "m.room.message", sender: "@alice:example.org", content });
}

/** A row has moved when three of four rounds agree, and the medians and the tenth percentiles too. */
function movement({ value, quiet, p25, p75 }: Row): string {
  const all = [value, quiet!];
  if (p75! < 1 && all.every((ratio) => ratio < 0.97)) return "faster";
  return p25! > 1 && all.every((ratio) => ratio > 1.03) ? "SLOWER" : "";
}

const { ligand, remove } = await buildRevision(revision);
try {
  const [before, now] = [await subjectsOf(ligand), await subjectsOf(current)];
  // Makes the engine see callbacks of all kinds before anything is measured.
  for (const name of Object.keys(now)) {
    await interleave({ before: before[name]!, now: now[name]! }, undefined, { rounds: 1, batchMs: 1 });
  }
  const rows: Row[] = [];
  for (const name of Object.keys(now)) {
    const subjects = { before: before[name]!, now: now[name]! };
    const samples = await interleave(subjects, undefined, { rounds: Number(options.rounds), batchMs: 2 });
    const row = { ...ratioRow(`now, × ${revision}`, name, ratioOf(samples.now, samples.before)), unit: "× before" };
    rows.push({ ...row, unit: `× before ${movement(row)}`.trim() });
  }
  console.log(table(rows));
} finally {
  await remove();
}
process.exit();
