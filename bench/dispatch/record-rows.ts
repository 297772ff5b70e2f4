import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "ligand";
import { decisionsOf } from "#src/container/host.js";
import { cpuMs } from "../cpu-time.js";
import type { Effort } from "../interleave.js";
import { quietHost } from "../quiet-host.js";
import { spreadRow, type Row } from "../row.js";
import { spreadOf } from "../statistics.js";
import { checkerClass, type Kind } from "./checkers.js";
import { eventsOfUsers } from "./events-of-users.js";

/** How many dispatches are recorded before their records are made. */
const BATCH = 500;

/** What recording costs the dispatch, and what a record costs the process, to the last byte in the file. */
export async function recordRows({ rounds }: Effort): Promise<Row[]> {
  const [sync, async] = [await recordingCosts("sync", rounds), await recordingCosts("async", rounds)];
  const dispatch = "decisions recorded: 3 modules, what a dispatch costs more";
  return [
    spreadRow(dispatch, "sync", "µs", sync.dispatch, 1),
    spreadRow(dispatch, "async", "µs", async.dispatch, 1),
    spreadRow("decisions recorded: 3 modules, processor time", "a record", "µs", sync.record, 25),
  ];
}

async function recordingCosts(kind: Kind, rounds: number) {
  const folder = mkdtempSync(join(tmpdir(), "ligand-bench-"));
  const modules = Array.from({ length: 3 }, () => ({ module: checkerClass(kind) }));
  const file = join(folder, "records", "decisions.jsonl");
  const events = eventsOfUsers();
  const ask = async ({ hooks }: Host) => {
    const since = cpuMs();
    for (let count = 0; count < BATCH; count++) {
      const answer = hooks.spamChecker.checkEventForSpam(events[count % events.length]!);
      if (kind === "async") await answer;
    }
    return ((cpuMs() - since) * 1000) / BATCH;
  };
  const [dispatch, record]: [number[], number[]] = [[], []];
  try {
    await using plain = await quietHost({ modules });
    await using recording = await quietHost({ modules, decisions: { file } });
    for (let round = 0; round < rounds + 10; round++) {
      const without = await ask(plain);
      const recorded = await ask(recording);
      const since = cpuMs();
      await decisionsOf(recording).written();
      const made = ((cpuMs() - since) * 1000) / BATCH;
      // The first rounds are compiled.
      if (round < 10) continue;
      dispatch.push(recorded - without);
      record.push(made);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { dispatch: spreadOf(dispatch), record: spreadOf(record) };
}
