import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decisionsOf } from "#src/container/host.js";
import { createLogger } from "#src/logging/create-logger.js";
import { recordFiles } from "#src/replay/record-files.js";
import { Replay } from "#src/replay/replay.js";
import { cpuMs } from "../cpu-time.js";
import { quietHost } from "../quiet-host.js";
import { spreadRow, type Row } from "../row.js";
import { ratioOf } from "../statistics.js";
import { checkerClass } from "./checkers.js";
import { eventsOfUsers } from "./events-of-users.js";

/** How many dispatches are made before their records are. */
const BATCH = 500;
/** Rounds that aren't measured, in which code is compiled. */
const WARM = 2;

/**
 * What it costs to replay dispatches, against the same dispatches live. A tenth of what the target speaks of: both sides grow
 * with their number alike.
 */
export async function replayRows(rounds: number, dispatches = 10_000): Promise<Row[]> {
  const modules = Array.from({ length: 3 }, () => ({ module: checkerClass("sync") }));
  const [plain, recorded, replayed]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < Math.max(1, rounds) + WARM; round++) {
    const folder = mkdtempSync(join(tmpdir(), "ligand-bench-"));
    const file = join(folder, "records", "decisions.jsonl");
    try {
      const times = [
        await liveMs(modules, dispatches),
        await liveMs(modules, dispatches, file),
        await replayMs(modules, dispatches, file),
      ] as const;
      if (round < WARM) continue;
      for (const [index, samples] of [plain, recorded, replayed].entries()) samples.push(times[index]!);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const group = `replay: ${dispatches} dispatches of 3 sync modules, processor time`;
  return [
    spreadRow(group, "ligand replay", "× live, recorded", ratioOf(replayed, recorded), 3),
    spreadRow(group, "the same", "× live, not recorded", ratioOf(replayed, plain)),
  ];
}

type Modules = readonly { readonly module: new () => object }[];

/** @param file where the dispatches are recorded, if they are: to the last byte */
async function liveMs(modules: Modules, dispatches: number, file?: string): Promise<number> {
  const decisions = file && { file, personal: "whole" as const, bodies: true };
  const logger = createLogger({ level: "warn" });
  await using host = await quietHost({ modules, logger, ...(decisions && { decisions }) });
  const events = eventsOfUsers();
  const since = cpuMs();
  for (let count = 0; count < dispatches; count++) {
    await host.hooks.spamChecker.checkEventForSpam(events[count % events.length]!);
    if (file && count % BATCH === BATCH - 1) await decisionsOf(host).written();
  }
  if (file) await decisionsOf(host).written();
  return cpuMs() - since;
}

/** From reading the configuration to the summary. */
async function replayMs(modules: Modules, dispatches: number, file: string): Promise<number> {
  const files = await recordFiles([file]);
  const since = cpuMs();
  const replay = new Replay({ files, config: { modules } });
  for await (const found of replay.run()) {
    throw new Error(`a replay with the same modules finds another decision in line ${found.line}`);
  }
  const ms = cpuMs() - since;
  if (replay.summary.same !== dispatches) throw new Error(`only ${replay.summary.same} decisions were recorded`);
  return ms;
}
