import { fileURLToPath } from "node:url";
import { startModules, type Host } from "ligand";
import { createLogger } from "#src/logging/create-logger.js";
import { EVENT } from "../dispatch/checkers.js";
import { interleave, type Effort } from "../interleave.js";
import { hostOfFile } from "../quiet-host.js";
import { ratioRow, type Row } from "../row.js";
import { ratioOf } from "../statistics.js";
import { WARM_CALLS } from "./isolated-rows.js";

/** Callbacks of one process that follow each other in a chain: how much ten of them cost, compared with one. */
export async function neighbourRows(effort: Effort, warmCalls = WARM_CALLS): Promise<Row[]> {
  await using one = await hostInProcess(1);
  await using ten = await hostInProcess(10);
  const ask = (host: Host) => () => host.hooks.spamChecker.checkEventForSpam(EVENT);
  for (let made = 0; made < warmCalls; made++) for (const host of [one, ten]) await ask(host)();
  const cpu = await interleave({ one: ask(one), ten: ask(ten) }, undefined, effort);
  const times = { one: [] as number[], ten: [] as number[] };
  for (let round = 0; round < effort.rounds; round++) {
    times.one.push(await timeOf(ask(one)));
    times.ten.push(await timeOf(ask(ten)));
  }
  const group = "a chain of ten callbacks in one process, × one callback there";
  return [
    ratioRow(group, "time, one call after the other", ratioOf(times.ten, times.one), 1.5),
    ratioRow(group, "processor time of the homeserver's process", ratioOf(cpu.ten, cpu.one), 1.5),
  ];
}

/** A host whose modules, which pass everything, run in one process. */
function hostInProcess(modules: number): Promise<Host> {
  const module = fileURLToPath(new URL("passing-module.js", import.meta.url));
  const entry = `  - { module: "${module}#Passing", operate: { process: shared } }\n`;
  const logger = createLogger({ level: "error" });
  return hostOfFile(entry.repeat(modules), (configFile) => startModules({ configFile, logger }));
}

const CALLS = 20;

async function timeOf(ask: () => unknown): Promise<number> {
  const begun = performance.now();
  for (let call = 0; call < CALLS; call++) await ask();
  return (performance.now() - begun) / CALLS;
}
