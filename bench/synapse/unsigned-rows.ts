import { join, resolve } from "node:path";
import { LigandServe } from "../../test/synapse/ligand-serve.js";
import { MatrixClient, roomPath } from "../../test/synapse/matrix-client.js";
import { RunningSynapse } from "../../test/synapse/running-synapse.js";
import { spreadRow, type Row } from "../row.js";
import { shuffled, spreadOf } from "../statistics.js";
import { processorMs } from "./processor-time.js";

const PYTHON_MODULES = resolve("bench/synapse");
const FIELDS = resolve("build/bench/synapse/fields.js");
const EVENTS = 100;
const READS = 5;

const NONE = "no module";
const PYTHON = "a Python module";
const ALL = "a module of all types";
const OTHERS = "a module of types that aren't shown";

/** `GET …/messages` of a hundred messages, on Synapses that differ in the module that adds a field to each. */
export async function unsignedRows(directory: string, rounds: number): Promise<Row[]> {
  const serves = { [ALL]: new LigandServe(directory, "all"), [OTHERS]: new LigandServe(directory, "others") };
  await serves[ALL].start([{ module: `${FIELDS}#AddsToAll` }]);
  await serves[OTHERS].start([{ module: `${FIELDS}#AddsToTopics` }]);
  const modules = {
    [NONE]: [],
    [PYTHON]: [{ module: "python_fields.Fields", config: {} }],
    ...Object.fromEntries(
      Object.entries(serves).map(([name, { socket }]) => [
        name,
        [{ module: "ligand_synapse.LigandModules", config: { socket } }],
      ]),
    ),
  };
  const variants = await Promise.all(
    Object.entries(modules).map(async ([name, entries], index) => {
      const synapse = await RunningSynapse.start({
        directory: join(directory, `fields-${index}`),
        modules: entries,
        env: { PYTHONPATH: PYTHON_MODULES },
      });
      const alice = await new MatrixClient(synapse.url).register("alice");
      const room = await alice.createRoom();
      for (let i = 0; i < EVENTS; i++) await alice.sendMessage(room, "ham");
      const beside = name === ALL || name === OTHERS ? [serves[name].pid] : [];
      return { name, synapse, alice, room, pids: [synapse.pid, ...beside], taken: [] as number[] };
    }),
  );
  for (let round = -3; round < rounds; round++) {
    for (const { alice, room, pids, taken } of shuffled(variants)) {
      const before = processorMs(pids);
      for (let i = 0; i < READS; i++) await alice.get(`${roomPath(room)}/messages?dir=b&limit=${EVENTS}`);
      if (round >= 0) taken.push((processorMs(pids) - before) / READS);
    }
  }
  for (const { synapse } of variants) await synapse.stop();
  for (const serve of Object.values(serves)) await serve.stop();
  const group = `GET …/messages of ${EVENTS} events: processor time`;
  const of = (name: string) => variants.find((variant) => variant.name === name)!.taken;
  const added = (name: string) => spreadOf(of(name).map((ms, round) => ms - of(NONE)[round]!));
  return [
    spreadRow(group, NONE, "ms", spreadOf(of(NONE))),
    ...[PYTHON, ALL, OTHERS].map((name) => spreadRow(group, `${name}: added`, "ms", added(name))),
  ];
}
