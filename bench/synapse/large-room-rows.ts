import { join, resolve } from "node:path";
import {
  FIVE_THOUSAND_MEMBERS,
  fillRoom,
  SETTINGS_OF_LARGE_ROOMS,
  STATE_OF_36_MB,
} from "../../test/synapse/large-room.js";
import { LigandServe } from "../../test/synapse/ligand-serve.js";
import { MatrixClient } from "../../test/synapse/matrix-client.js";
import { RunningSynapse } from "../../test/synapse/running-synapse.js";
import { spreadRow, type Row } from "../row.js";
import { quantile, ratioOf, shuffled, spreadOf } from "../statistics.js";
import { processorMs, untilIdle } from "./processor-time.js";
import { Sender } from "./sender.js";

const PYTHON_MODULES = resolve("bench/synapse");
const RULES = resolve("build/bench/synapse/rules.js");
const ROOMS = { "5,000 members": FIVE_THOUSAND_MEMBERS, "36 MB of state": STATE_OF_36_MB };
const AT_A_TIME = 8;
/** How many messages each of the senders sends in a round. */
const SENDS = 2;

const NONE = "no module";
const PYTHON = "a Python module";
const EVENT = "modules of one parameter";
const POWER = "power levels and the sender's membership, declared";
const STATE = "the whole state";
/** The most that each may cost, as a multiple of the Python module. */
const TARGETS: Readonly<Record<string, number | undefined>> = { [NONE]: undefined, [EVENT]: 1.15, [POWER]: 1.5 };
/** It takes many times as long as the others: it is part of one round out of so many. */
const ROUNDS_OF_WHOLE_STATE = 8;

const WHATS = ["time by the clock, p50", "time by the clock, p99", "processor time"] as const;
type What = (typeof WHATS)[number];

/** `PUT …/send` in large rooms, on Synapses that differ in their modules, side by side. */
export async function largeRoomRows(directory: string, rounds: number): Promise<Row[]> {
  const modules: Readonly<Record<string, string>> = {
    [EVENT]: "LooksAtEvents",
    [POWER]: "LooksAtPower",
    [STATE]: "LooksAtState",
  };
  const variants: Variant[] = [];
  for (const name of [NONE, PYTHON, EVENT, POWER, STATE]) {
    variants.push(await startVariant(join(directory, `rules-${variants.length}`), name, modules[name]));
  }
  const rows: Row[] = [];
  for (const room of Object.keys(ROOMS)) rows.push(...rowsOf(room, await interleaved(room, variants, rounds)));
  for (const variant of variants) await variant.stop();
  return rows;
}

/** One Synapse with modules and the large rooms. */
interface Variant {
  readonly name: string;
  /** Who sends, by room. */
  readonly senders: Readonly<Record<string, readonly Sender[]>>;
  /** Synapse, and the process beside it. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

async function startVariant(directory: string, name: string, rules: string | undefined): Promise<Variant> {
  const serve = new LigandServe(directory);
  const start = (modules: Parameters<typeof RunningSynapse.start>[0]["modules"]) =>
    RunningSynapse.start({
      directory,
      modules,
      settings: SETTINGS_OF_LARGE_ROOMS,
      env: { PYTHONPATH: PYTHON_MODULES },
    });
  const empty = await start([]);
  let account = await new MatrixClient(empty.url).register("alice");
  const rooms = new Map<string, string>();
  for (const room of Object.keys(ROOMS)) rooms.set(room, await account.createRoom());
  await empty.stop();
  for (const [room, size] of Object.entries(ROOMS)) fillRoom(directory, rooms.get(room)!, size);

  if (rules) await serve.start([{ module: `${RULES}#${rules}` }]);
  const bridge = { module: "ligand_synapse.LigandModules", config: { socket: serve.socket, call_timeout: 120 } };
  const python = { module: "python_rules.Rules", config: {} };
  const synapse = await start([...(rules ? [bridge] : []), ...(name === PYTHON ? [python] : [])]);
  account = account.through(synapse.url);
  const senders = Object.fromEntries(
    Array.from(rooms, ([room, id]) => [room, Array.from({ length: AT_A_TIME }, () => Sender.in(account, id))]),
  );
  return {
    name,
    senders,
    pids: [synapse.pid, ...(rules ? [serve.pid] : [])],
    async stop() {
      for (const sender of Object.values(senders).flat()) await sender.close();
      await synapse.stop();
      await serve.stop();
    },
  };
}

/** By what was measured and by variant, what each round gave, in milliseconds; NaN for a round that it was not part of. */
type Taken = Readonly<Record<What, ReadonlyMap<string, number[]>>>;

async function interleaved(room: string, variants: readonly Variant[], rounds: number): Promise<Taken> {
  const taken = Object.fromEntries(
    WHATS.map((what) => [what, new Map(variants.map(({ name }): [string, number[]] => [name, []]))]),
  ) as Record<What, Map<string, number[]>>;
  // Caches, and whatever else a start leaves to be done, are not measured.
  for (let round = -2; round < rounds; round++) {
    for (const variant of shuffled(variants)) {
      const isPart = variant.name !== STATE || round % ROUNDS_OF_WHOLE_STATE === ROUNDS_OF_WHOLE_STATE - 2;
      const measured = isPart ? await measure(variant, room) : [NaN, NaN, NaN];
      if (round < 0) continue;
      for (const [index, what] of WHATS.entries()) taken[what].get(variant.name)!.push(measured[index]!);
    }
  }
  return taken;
}

async function measure({ name, senders, pids }: Variant, room: string): Promise<number[]> {
  await untilIdle(pids);
  const before = processorMs(pids);
  const sendOneAfterTheOther = async (sender: Sender) => {
    const took: number[] = [];
    for (let i = 0; i < SENDS; i++) {
      const { status, tookMs } = await sender.send();
      if (status !== 200) throw new Error(`${name}: PUT …/send was answered with ${status}`);
      took.push(tookMs);
    }
    return took;
  };
  const clock = (await Promise.all(senders[room]!.map(sendOneAfterTheOther))).flat();
  // `onNewEvent` goes on after the answer.
  await untilIdle(pids);
  return [quantile(clock, 0.5), quantile(clock, 0.99), (processorMs(pids) - before) / clock.length];
}

function rowsOf(room: string, taken: Taken): Row[] {
  return WHATS.flatMap((what) => {
    const group = `PUT …/send in a room of ${room}, ${AT_A_TIME} at a time: ${what}`;
    const of = (name: string) => taken[what].get(name)!;
    const ratio = (name: string) => {
      const both = of(name)
        .map((ms, round) => [ms, of(PYTHON)[round]!] as const)
        .filter(([ms]) => !Number.isNaN(ms));
      return ratioOf(
        both.map(([ms]) => ms),
        both.map(([, python]) => python),
      );
    };
    return [
      spreadRow(group, PYTHON, "ms", spreadOf(of(PYTHON))),
      ...[NONE, EVENT, POWER, STATE].map((name) =>
        spreadRow(group, `${name}, as a multiple of it`, "×", ratio(name), TARGETS[name]),
      ),
    ];
  });
}
