import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  bindService,
  ConfiguredServer,
  createLogger,
  RoomEvent,
  Server,
  startIsolated,
  type RemoteHost,
  type RoomEventDict,
} from "ligand";
import { cpuMs } from "../cpu-time.js";
import { EVENT_DICT } from "../dispatch/event-dict.js";
import { ratioRow, spreadRow, type Row } from "../row.js";
import { quantile, ratioOf, shuffled, spreadOf } from "../statistics.js";
import { place } from "./placement.js";
import { RawPeer } from "./raw-peer.js";

/** Not measured: as many calls as make both sides as warm as in a homeserver that has run for a minute. */
export const WARM_CALLS = 10_000;

/** How many calls are in flight, where the processes run, how many calls are made in a round, and the most that one may cost. */
const LOADS = [
  { inFlight: 1, placement: "on one processor", calls: 300, target: 1.5 },
  { inFlight: 1, placement: "on two processors", calls: 300, target: 1.5 },
  { inFlight: 100, placement: "wherever", calls: 3000, target: 2 },
] as const;

/**
 * Calls of a module in a process of its own, beside calls of a process that was written by hand for it.
 *
 * @param share of the calls that are made
 */
export async function isolatedRows(rounds: number, share = 1): Promise<Row[]> {
  const raw = new RawPeer();
  const { host, stop } = await isolatedHost();
  const subjects = { raw: rawSubject(raw), isolated: isolatedSubject(host) };
  const called = await Promise.all(Object.values(subjects).map((subject) => subject.otherPid()));
  const rows: Row[] = [];
  for (const { inFlight, placement, calls, target } of LOADS) {
    place(placement, called);
    const call = (subject: Subject) => callMany(subject, inFlight, Math.ceil(share * calls));
    for (let made = 0; made < share * WARM_CALLS; made += calls)
      for (const subject of Object.values(subjects)) await call(subject);
    const samples = { raw: [] as Sample[], isolated: [] as Sample[] };
    for (let round = 0; round < rounds; round++) {
      for (const name of shuffled(["raw", "isolated"] as const)) samples[name].push(await call(subjects[name]));
    }
    const load = placement === "wherever" ? `${inFlight} in flight` : `${inFlight} in flight, ${placement}`;
    const group = `isolated call, 1.9 KB event, ${load}, × raw socket`;
    for (const [of, what] of Object.entries(MEASURED) as [keyof Sample, string][]) {
      const [base, ours] = [samples.raw, samples.isolated].map((series) => series.map((sample) => sample[of]));
      rows.push(
        spreadRow(group, `base: ${what}`, "µs", spreadOf(base!)),
        ratioRow(group, what, ratioOf(ours!, base!), LATENCIES.has(of) ? undefined : target),
      );
    }
  }
  await Promise.all([stop(), raw.stop()]);
  return rows;
}

export function rawSubject(raw: RawPeer): Subject {
  return {
    ask: (index) => raw.ask(DICTS[index % DICTS.length]!),
    otherCpuMs: async () => (await raw.ask({})) as number,
    otherPid: async () => raw.pid,
  };
}

export function isolatedSubject({ hooks }: RemoteHost): Subject {
  const cost = async () => (await hooks.mediaRepository.getMediaConfigForUser("@cost:example.org"))!;
  return {
    ask: (index) => hooks.spamChecker.checkEventForSpam(EVENTS[index % EVENTS.length]!),
    otherCpuMs: async () => (await cost())["cpuMs"] as number,
    otherPid: async () => (await cost())["pid"] as number,
  };
}

/** A way to ask another process about an event. */
export interface Subject {
  readonly ask: (index: number) => unknown;
  /** Milliseconds of processor time that the other process has taken until now. */
  readonly otherCpuMs: () => Promise<number>;
  readonly otherPid: () => Promise<number>;
}

/** Microseconds per call. */
interface Sample {
  readonly wallUs: number;
  readonly mainUs: number;
  readonly bothUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

const MEASURED: Record<keyof Sample, string> = {
  wallUs: "time per call",
  mainUs: "processor time of the main process",
  bothUs: "processor time of both processes",
  p50Us: "from call to answer, p50",
  p99Us: "from call to answer, p99",
};
/** Without a target: what else the machine does decides them. */
const LATENCIES: ReadonlySet<keyof Sample> = new Set(["p50Us", "p99Us"]);

async function callMany({ ask, otherCpuMs }: Subject, inFlight: number, calls: number): Promise<Sample> {
  let next = 0;
  const latencies: number[] = [];
  const one = async () => {
    while (next < calls) {
      const called = performance.now();
      await ask(next++);
      latencies.push(1000 * (performance.now() - called));
    }
  };
  const other = await otherCpuMs();
  const [cpu, wall] = [cpuMs(), performance.now()];
  await Promise.all(Array.from({ length: inFlight }, one));
  const wallMs = performance.now() - wall;
  const mainMs = cpuMs() - cpu;
  const bothMs = mainMs + (await otherCpuMs()) - other;
  const perCall = 1000 / calls;
  const [p50Us, p99Us] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  return { mainUs: mainMs * perCall, bothUs: bothMs * perCall, wallUs: wallMs * perCall, p50Us, p99Us };
}

/** A host whose one module runs in a process of its own. */
export async function isolatedHost(): Promise<{ readonly host: RemoteHost; readonly stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "ligand-isolated-"));
  const configFile = join(folder, "modules.json");
  const module = `${fileURLToPath(new URL("depth-checker.js", import.meta.url))}#DepthChecker`;
  await writeFile(configFile, JSON.stringify({ modules: [{ module }] }));
  const services = [bindService(Server, new ConfiguredServer({ serverName: "example.org" }))];
  const host = await startIsolated({ configFile, services, logger: createLogger({ level: "error" }) });
  const stop = async () => {
    await host.stop();
    await rm(folder, { recursive: true });
  };
  return { host, stop };
}

/** Messages of usual length, as events of 1.9 KB. */
const DICTS = Array.from({ length: 500 }, (_, index): RoomEventDict => {
  const id = `${index}`.padStart(4, "0");
  return {
    ...EVENT_DICT,
    event_id: `$h29iv0s8sPcgVkxRrgBTvPQMM2oHQ6dAaiAkVqDT${id}`,
    sender: `@user${index % 300}:example.org`,
    content: {
      ...EVENT_DICT.content,
      body: "A message of usual length, as people write them to each other in rooms. ".repeat(9),
      formatted_body: "<b>A message</b> of usual length, as people <i>write</i> them to each other. ".repeat(4),
    },
    origin_server_ts: 1_700_000_000_000 + index,
    depth: 1234 + index,
    prev_events: [`$aprevevent000000000000000000000000000000${id}a`, `$aprevevent000000000000000000000000000000${id}b`],
    auth_events: ["a", "b", "c", "d"].map((end) => `$anauthevent000000000000000000000000000000${end}`),
  } as RoomEventDict;
});
const EVENTS = DICTS.map((dict) => new RoomEvent(dict));
