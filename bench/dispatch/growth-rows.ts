import type { Host } from "ligand";
import { cpuMs } from "../cpu-time.js";
import type { Row } from "../row.js";
import { quantile } from "../statistics.js";
import { EVENT, type Kind } from "./checkers.js";
import { hostOf } from "./peers.js";

const GROUP = "dispatch: growth";

/** What one more callback costs in short and long chains, and what many dispatches leave behind. */
export async function growthRows(counts = [100, 1000], dispatches = 1e7): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of ["sync", "async"] as const) {
    for (const count of counts) rows.push(await perCallback(kind, count));
  }
  return [...rows, await heapRow(dispatches)];
}

async function perCallback(kind: Kind, count: number): Promise<Row> {
  await using host = await hostOf(kind, count);
  const rounds = [];
  await ask(host, 2_000_000 / count);
  for (let round = 0; round < 11; round++) {
    const start = cpuMs();
    await ask(host, 200_000 / count);
    rounds.push((1e6 * (cpuMs() - start)) / 200_000);
  }
  const name = `each of ${count} ${kind} callbacks`;
  return { group: GROUP, name, value: quantile(rounds, 0.5), unit: "ns", ...(kind === "sync" && { target: 8 }) };
}

/** How much more heap there is after many dispatches of three asynchronous callbacks. */
async function heapRow(dispatches: number): Promise<Row> {
  await using host = await hostOf("async", 3);
  await ask(host, dispatches / 100);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  await ask(host, dispatches);
  globalThis.gc?.();
  const value = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  return {
    group: GROUP,
    name: `heap after ${dispatches.toExponential(0)} dispatches`,
    value,
    unit: "MiB",
    target: 0.5,
  };
}

async function ask({ hooks }: Host, dispatches: number): Promise<void> {
  for (let dispatch = 0; dispatch < dispatches; dispatch++) await hooks.spamChecker.checkEventForSpam(EVENT);
}
