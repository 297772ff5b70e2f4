import { join, resolve } from "node:path";
import { Client } from "undici";
import { RoomEvent, StateMap, type Hooks, type JsonObject } from "#src/index.js";
import { fillRoom, SETTINGS_OF_LARGE_ROOMS } from "../../test/synapse/large-room.js";
import { LigandServe, type Entry } from "../../test/synapse/ligand-serve.js";
import { MatrixClient, roomPath } from "../../test/synapse/matrix-client.js";
import { RunningSynapse } from "../../test/synapse/running-synapse.js";
import { spreadRow, type Row } from "../row.js";
import { quantile, ratioOf, shuffled } from "../statistics.js";
import { EVENT, warm } from "./homeserver-in-node.js";
import { processorMs, untilIdle } from "./processor-time.js";
import { Sender } from "./sender.js";

const PYTHON_MODULES = resolve("bench/synapse");
const moduleOf = (name: string) => resolve("build/bench/synapse", name);
const EVENTS = 100;
const AT_A_TIME = [1, 20];
/** How many requests each round makes of each Synapse. */
const REQUESTS = 20;

/** Something that clients ask for, by one of several connections; gives how long it took, in milliseconds. */
type Ask = (connection: number) => Promise<number>;

/** What modules do while clients ask, as a module of Synapse's own process and as one of `ligand serve`. */
interface Work {
  readonly group: string;
  /** The members of the room, beside the one who sends. */
  readonly members: number;
  /** What the other is compared with: a Python module, or none. */
  readonly base: string | undefined;
  readonly module: Entry;
  /** The most processor time, as a multiple of the base. */
  readonly target: number;
  readonly prepare: (account: MatrixClient, room: string) => Promise<Ask>;
  /** Calls the module once, as Synapse does for what is measured. */
  readonly call: (hooks: Hooks) => unknown;
}

const sending: Work["prepare"] = async (account, room) => {
  const senders = Array.from({ length: Math.max(...AT_A_TIME) }, () => Sender.in(account, room));
  return async (connection) => {
    const { status, tookMs } = await senders[connection]!.send();
    if (status !== 200) throw new Error(`PUT …/send was answered with ${status}`);
    return tookMs;
  };
};

const reading: Work["prepare"] = async (account, room) => {
  for (let sent = 0; sent < EVENTS; sent++) await account.sendMessage(room, "ham");
  const clients = Array.from({ length: Math.max(...AT_A_TIME) }, () => new Client(account.url));
  const path = `${roomPath(room)}/messages?dir=b&limit=${EVENTS}`;
  return async (connection) => {
    const began = performance.now();
    const headers = { authorization: `Bearer ${account.accessToken}` };
    const answer = await clients[connection]!.request({ method: "GET", path, headers });
    await answer.body.dump();
    return performance.now() - began;
  };
};

const checkForSpam: Work["call"] = ({ spamChecker }) => spamChecker.checkEventForSpam(EVENT);

/** What the module of the dearest hooks looks at. */
const STATE = new StateMap<RoomEvent>([
  stateEvent("m.room.power_levels", "", { ban: 50 }),
  stateEvent("m.room.member", EVENT.sender, { membership: "join" }),
]);

function stateEvent(type: string, stateKey: string, content: JsonObject) {
  return [type, stateKey, new RoomEvent({ ...EVENT.getDict(), type, state_key: stateKey, content })] as const;
}

const WORKS: readonly Work[] = [
  {
    group: "PUT …/send, checkEventForSpam that no event matches, × no module",
    members: 0,
    base: undefined,
    module: { module: `${moduleOf("ham.js")}#Ham`, operate: { only: { type: "org.example.other" } } },
    target: 1.05,
    prepare: sending,
    call: checkForSpam,
  },
  {
    group: "PUT …/send, checkEventForSpam, × a Python module",
    members: 0,
    base: "python_module.Ham",
    module: { module: `${moduleOf("ham.js")}#Ham` },
    target: 1.08,
    prepare: sending,
    call: checkForSpam,
  },
  {
    group: "PUT …/send in a room of 800 members, checkEventAllowed and onNewEvent, × a Python module",
    members: 800,
    base: "python_rules.Rules",
    module: { module: `${moduleOf("rules.js")}#LooksAtPower` },
    target: 1.15,
    prepare: sending,
    async call({ thirdPartyRules }) {
      await thirdPartyRules.checkEventAllowed(EVENT, STATE);
      await thirdPartyRules.onNewEvent(EVENT, STATE);
    },
  },
  {
    group: `GET …/messages of ${EVENTS} events, addFieldToUnsigned, × a Python module`,
    members: 0,
    base: "python_fields.Fields",
    module: { module: `${moduleOf("fields.js")}#AddsToAll` },
    target: 2,
    prepare: reading,
    call: ({ unsignedFields }) => unsignedFields.addFieldToUnsigned(EVENT),
  },
];

/** The cheapest hook, the dearest and the most frequent, side by side with Python modules that do the same. */
export async function hookRows(directory: string, rounds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [index, work] of WORKS.entries())
    rows.push(...(await rowsOf(work, join(directory, `hooks-${index}`), rounds)));
  return rows;
}

/** A Synapse with a module, and a room of it. */
interface Variant {
  readonly ask: Ask;
  /** Synapse, and the process beside it. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

async function rowsOf(work: Work, directory: string, rounds: number): Promise<Row[]> {
  const base = await start(work, `${directory}-base`, false);
  const ligand = await start(work, `${directory}-ligand`, true);
  const rows: Row[] = [];
  for (const atATime of AT_A_TIME) {
    const taken = { base: emptyTaken(), ligand: emptyTaken() };
    // Caches, and whatever else a start leaves to be done, are not measured.
    for (let round = -3; round < rounds; round++) {
      for (const [name, variant] of shuffled([
        ["base", base],
        ["ligand", ligand],
      ] as const)) {
        const measured = await measure(variant, atATime);
        if (round >= 0) for (const what of WHATS) taken[name][what].push(measured[what]);
      }
    }
    for (const what of WHATS) {
      const name = `${atATime} at a time: ${what}`;
      const target = what === "processor time" ? work.target : undefined;
      rows.push(spreadRow(work.group, name, "×", ratioOf(taken.ligand[what], taken.base[what]), target));
    }
  }
  for (const variant of [base, ligand]) await variant.stop();
  return rows;
}

const WHATS = ["processor time", "time by the clock, p50", "time by the clock, p99"] as const;
type Taken<T> = Record<(typeof WHATS)[number], T>;

const emptyTaken = (): Taken<number[]> => ({
  "processor time": [],
  "time by the clock, p50": [],
  "time by the clock, p99": [],
});

async function measure({ ask, pids }: Variant, atATime: number): Promise<Taken<number>> {
  await untilIdle(pids);
  const before = processorMs(pids);
  const clock: number[] = [];
  const oneAfterTheOther = async (connection: number) => {
    for (let made = 0; made < REQUESTS / atATime; made++) clock.push(await ask(connection));
  };
  await Promise.all(Array.from({ length: atATime }, (_, connection) => oneAfterTheOther(connection)));
  // `onNewEvent` goes on after the answer.
  await untilIdle(pids);
  return {
    "processor time": (processorMs(pids) - before) / clock.length,
    "time by the clock, p50": quantile(clock, 0.5),
    "time by the clock, p99": quantile(clock, 0.99),
  };
}

async function start(work: Work, directory: string, isLigand: boolean): Promise<Variant> {
  const { members, base, module, prepare, call } = work;
  const serve = new LigandServe(directory);
  const run = (modules: Parameters<typeof RunningSynapse.start>[0]["modules"]) =>
    RunningSynapse.start({ directory, modules, settings: SETTINGS_OF_LARGE_ROOMS, env: { PYTHONPATH: path() } });
  const empty = await run([]);
  let account = await new MatrixClient(empty.url).register("alice");
  const room = await account.createRoom();
  await empty.stop();
  if (members > 0) fillRoom(directory, room, { members, largeEvents: 0 });
  if (isLigand) {
    await serve.start([module]);
    await warm(serve.socket, call);
  }
  const bridge = { module: "ligand_synapse.LigandModules", config: { socket: serve.socket } };
  const own = base === undefined ? [] : [{ module: base, config: {} }];
  const synapse = await run(isLigand ? [bridge] : own);
  account = account.through(synapse.url);
  return {
    ask: await prepare(account, room),
    pids: [synapse.pid, ...(isLigand ? [serve.pid] : [])],
    async stop() {
      await synapse.stop();
      await serve.stop();
    },
  };
}

/** Where Python finds the modules that Ligand's are compared with. */
function path(): string {
  return [PYTHON_MODULES, process.env["PYTHONPATH"]].filter(Boolean).join(":");
}
