import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { LigandServe } from "../../test/synapse/ligand-serve.js";
import { RunningSynapse } from "../../test/synapse/running-synapse.js";
import { createDatabase } from "../../test/synapse/synapse-databases.js";
import { untilExit } from "../../test/synapse/until-exit.js";
import { quantile, shuffled, spreadOf } from "../statistics.js";
import { spreadRow, type Row } from "../row.js";
import { processorMs } from "./processor-time.js";
import { Sender } from "./sender.js";

const PYTHON_MODULES = resolve("bench/synapse");
const HAM = `${resolve("build/bench/synapse/ham.js")}#Ham`;
const SENDS_A_ROUND = 10;

type Entries = readonly { readonly module: string; readonly config: object }[];

const NONE = "no module";
const PYTHON = "a Python module";
const ONE = "the bridge, 1 TypeScript module";
const TEN = "the bridge, 10 TypeScript modules";
const ANTISPAM = "synapse-http-antispam";

/** `PUT …/send` on Synapses that differ in their modules, side by side. */
export async function sendRows(directory: string, rounds: number, database: "SQLite" | "PostgreSQL"): Promise<Row[]> {
  const [one, ten] = [new LigandServe(directory, "one"), new LigandServe(directory, "ten")];
  await one.start([{ module: HAM }]);
  await ten.start(Array.from({ length: 10 }, () => ({ module: HAM })));
  const antispam = await startAntispam();
  const bridge = (serve: LigandServe) => ({ module: "ligand_synapse.LigandModules", config: { socket: serve.socket } });
  const modules: Readonly<Record<string, { readonly entries: Entries; readonly beside?: number }>> = {
    [NONE]: { entries: [] },
    [PYTHON]: { entries: [{ module: "python_module.Ham", config: {} }] },
    [ONE]: { entries: [bridge(one)], beside: one.pid },
    [TEN]: { entries: [bridge(ten)], beside: ten.pid },
    [ANTISPAM]: {
      entries: [
        {
          module: "synapse_http_antispam.HTTPAntispam",
          config: { base_url: antispam.url, enabled_callbacks: ["check_event_for_spam"] },
        },
      ],
      beside: antispam.pid,
    },
  };
  const synapses: RunningSynapse[] = [];
  const databases: Awaited<ReturnType<typeof createDatabase>>[] = [];
  const variants: Variant[] = [];
  for (const [index, [name, { entries, beside }]] of Object.entries(modules).entries()) {
    const own = database === "PostgreSQL" ? await createDatabase() : undefined;
    if (own) databases.push(own);
    const synapse = await RunningSynapse.start({
      directory: join(directory, `${database}-${index}`),
      modules: entries,
      env: { PYTHONPATH: PYTHON_MODULES },
      settings: own ? { database: own.setting } : {},
    });
    synapses.push(synapse);
    const pids = [synapse.pid, ...(beside === undefined ? [] : [beside])];
    variants.push({ name, sender: await Sender.create(synapse.url), pids });
  }
  const taken = await interleaved(variants, rounds);
  for (const { sender } of variants) await sender.close();
  for (const synapse of synapses) await synapse.stop();
  for (const own of databases) await own.drop();
  await Promise.all([one.stop(), ten.stop(), antispam.stop()]);
  return (["processor", "clock"] as const).flatMap((what) => {
    const group = `PUT …/send, ${database}: ${what === "clock" ? "time by the clock" : "processor time"}`;
    return rowsOf(group, new Map(Array.from(taken, ([name, { [what]: samples }]) => [name, samples])));
  });
}

/** One Synapse with modules. */
interface Variant {
  readonly name: string;
  readonly sender: Sender;
  /** Synapse, and the process beside it. */
  readonly pids: readonly number[];
}

/** What one message took, round by round, in milliseconds. */
interface Taken {
  readonly clock: number[];
  readonly processor: number[];
}

async function interleaved(variants: readonly Variant[], rounds: number): Promise<Map<string, Taken>> {
  const taken = new Map(variants.map(({ name }): [string, Taken] => [name, { clock: [], processor: [] }]));
  // Caches, and whatever else a start leaves to be done, are not measured.
  for (let round = -3; round < rounds; round++) {
    for (const { name, sender, pids } of shuffled(variants)) {
      const clock: number[] = [];
      const before = processorMs(pids);
      for (let i = 0; i < SENDS_A_ROUND; i++) {
        const { status, tookMs } = await sender.send();
        if (status !== 200) throw new Error(`${name}: PUT …/send was answered with ${status}`);
        clock.push(tookMs);
      }
      const processor = (processorMs(pids) - before) / SENDS_A_ROUND;
      if (round < 0) continue;
      taken.get(name)!.clock.push(quantile(clock, 0.5));
      taken.get(name)!.processor.push(processor);
    }
  }
  return taken;
}

function rowsOf(group: string, taken: ReadonlyMap<string, readonly number[]>): Row[] {
  const none = taken.get(NONE)!;
  const added = (name: string) => taken.get(name)!.map((ms, round) => ms - none[round]!);
  const share = (name: string) => spreadOf(added(name).map((ms, round) => ms / none[round]!));
  const beyond = (name: string) => taken.get(name)!.map((ms, round) => ms - taken.get(ANTISPAM)![round]!);
  return [
    spreadRow(group, NONE, "ms", spreadOf(none)),
    ...[PYTHON, ONE, TEN, ANTISPAM].map((name) => spreadRow(group, `${name}: added`, "ms", spreadOf(added(name)))),
    ...[ONE, TEN].map((name) => spreadRow(group, `${name}: beyond ${ANTISPAM}`, "ms", spreadOf(beyond(name)), 0)),
    ...[ONE, TEN].map((name) => spreadRow(group, `${name}: added, share of the request`, "×", share(name), 0.1)),
    spreadRow(group, `${ANTISPAM}: added, share of the request`, "×", share(ANTISPAM)),
  ];
}

async function startAntispam(): Promise<{ url: string; pid: number; stop: () => Promise<void> }> {
  const program = resolve("build/bench/synapse/antispam-server.js");
  const child = untilExit(spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] }));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = /listening on (\d+)/.exec(line.toString())![1]!;
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    async stop() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
    },
  };
}
