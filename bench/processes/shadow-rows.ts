import { fileURLToPath } from "node:url";
import {
  Module,
  preDestroy,
  SpamChecker,
  type Host,
  type NOT_SPAM,
  type ProgrammaticEntry,
  type RoomEvent,
} from "ligand";
import { createLogger } from "#src/logging/create-logger.js";
import { EVENT } from "../dispatch/checkers.js";
import { hostOfFile, quietHost } from "../quiet-host.js";
import { ratioRow, type Row } from "../row.js";
import { quantile, ratioOf, shuffled } from "../statistics.js";
import { RawPeer } from "./raw-peer.js";

const GROUP = "a callback that asks a process for 1 ms, and a module in shadow: p99 of dispatches, × without it";
const UNDER_WAY = 4;
const SHADOW = { mode: "shadow" } as const;

/** What users notice of a module that is only tried, and that misbehaves. */
export async function shadowRows(rounds: number, dispatches = 2000): Promise<Row[]> {
  @Module()
  class Hanging {
    @SpamChecker.checkEventForSpam()
    check() {
      return new Promise<never>(() => undefined);
    }
  }
  @Module()
  class Throwing {
    @SpamChecker.checkEventForSpam()
    async check(): Promise<never> {
      throw new Error("as every time");
    }
  }
  await using base = await start([]);
  await using hanging = await start([{ module: Hanging, operate: SHADOW }]);
  await using throwing = await start([{ module: Throwing, operate: SHADOW }]);
  await using blocking = await startWithBlocking();
  const hosts = { base, hanging, throwing, blocking };
  const names = Object.keys(hosts) as (keyof typeof hosts)[];
  const slowest = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    keyof typeof hosts,
    number[]
  >;
  for (const name of names) await slowestOf(hosts[name], dispatches);
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(names)) slowest[name].push(await slowestOf(hosts[name], dispatches));
  }
  const row = (name: string, of: keyof typeof hosts): Row => ({
    ...ratioRow(GROUP, name, ratioOf(slowest[of], slowest.base), 1.05),
    unit: "× without",
  });
  return [row("it hangs", "hanging"), row("it throws", "throwing"), row("it blocks its process", "blocking")];
}

/** Asks another process, as one asks a database, which answers after a millisecond. */
@Module()
class Asking {
  readonly #database = new RawPeer(1);

  @SpamChecker.checkEventForSpam()
  check({ type, depth }: RoomEvent) {
    return this.#database.ask({ type, depth }) as Promise<typeof NOT_SPAM>;
  }

  @preDestroy()
  stop() {
    return this.#database.stop();
  }
}

/** The 99th percentile of what dispatches take, of which some are under way at a time. */
async function slowestOf(host: Host, dispatches: number): Promise<number> {
  const times: number[] = [];
  const ask = async () => {
    while (times.length < dispatches) {
      const begun = performance.now();
      await host.hooks.spamChecker.checkEventForSpam(EVENT);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, ask));
  return quantile(times, 0.99);
}

function start(tried: readonly ProgrammaticEntry[], configFile: string[] = []): Promise<Host> {
  return quietHost({
    configFile,
    modules: [{ module: Asking }, ...tried],
    logger: createLogger({ level: "error" }),
    // A process that is blocked is ended after it.
    startTimeoutMs: 5000,
  });
}

function startWithBlocking(): Promise<Host> {
  const module = fileURLToPath(new URL("blocking-module.js", import.meta.url));
  const entry = `  - { module: "${module}#Blocking", operate: { mode: shadow, process: own } }\n`;
  return hostOfFile(entry, (configFile) => start([], [configFile]));
}
