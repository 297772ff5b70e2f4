import { Container } from "inversify";
import { interleave, type Effort } from "../interleave.js";
import { ratioRow, spreadRow, type Row } from "../row.js";
import { ratioOf, spreadOf } from "../statistics.js";
import { EVENT, type Kind } from "./checkers.js";
import { PEERS, peersOf, type Peers } from "./peers.js";

const COUNTS = [0, 1, 3, 10, 50] as const;

/** What the design allows, as ratios to the base: by the kind of callbacks and how many there are. */
const TARGETS: Readonly<Record<Kind, Readonly<Record<number, number>>>> = {
  async: { 1: 1.15, 3: 1.25, 10: 1.12, 50: 1.12 },
  sync: { 3: 0.36, 10: 0.23 },
};
/** What the always-on extras may cost, as ratios to the same kernel without them. */
const EXTRAS_TARGETS: Readonly<Record<number, number>> = { 3: 1.5, 10: 1.35 };

/** The rows of all counts, of both kinds. */
export async function everyDispatchRow(effort: Effort): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of ["async", "sync"] as const) {
    for (const count of COUNTS) rows.push(...(await dispatchRows(kind, count, effort)));
  }
  return rows;
}

/** Every peer with k callbacks of one kind, and what the always-on extras cost. */
export async function dispatchRows(kind: Kind, count: number, effort: Effort): Promise<Row[]> {
  await using peers = await peersOf(kind, count);
  const samples = await interleave(peers.subjects, EVENT, effort);
  const group = `dispatch: ${count} ${kind} callback${count === 1 ? "" : "s"}`;
  const extrasTarget = EXTRAS_TARGETS[count];
  return [
    spreadRow(group, "base: hand-written loop", "ns", spreadOf(samples.base)),
    ...PEERS.filter((name) => name !== "base").map((name) =>
      ratioRow(group, name, ratioOf(samples[name], samples.base), name === "ligand" ? TARGETS[kind][count] : undefined),
    ),
    {
      ...ratioRow(group, "always-on extras", ratioOf(samples.ligand, samples["stripped kernel"]), extrasTarget),
      unit: "× stripped kernel",
    },
  ];
}

/** What is counted rather than timed. */
export async function countedRows(): Promise<Row[]> {
  await using empty = await peersOf("sync", 0);
  await using three = await peersOf("async", 3);
  return [
    countRow("empty chain", "results that are promises, of 1000", countPromises(empty), 0),
    // Not zero: the engine's own bookkeeping shows up as hundredths of a byte.
    countRow("empty chain", "bytes allocated per dispatch", bytesPerDispatch(empty), 0.5),
    countRow("container", "container calls in 1000 dispatches", await countContainerCalls(three.subjects.ligand), 0),
    countRow(
      "container",
      "the same, of container.getAll",
      await countContainerCalls(three.subjects["container.getAll"]),
    ),
  ];
}

function countRow(group: string, name: string, value: number, target?: number): Row {
  return { group: `counted: ${group}`, name, value, unit: "", ...(target !== undefined && { target }) };
}

function countPromises({ host }: Peers): number {
  const results = Array.from({ length: 1000 }, () => host.hooks.spamChecker.checkEventForSpam(EVENT));
  return results.filter((result) => result instanceof Promise).length;
}

/** Asks often enough that a single allocated object per dispatch would be seen; no collection may fall between. */
function bytesPerDispatch({ host }: Peers): number {
  const dispatches = 100_000;
  const ask = () => {
    for (let call = 0; call < dispatches; call++) void host.hooks.spamChecker.checkEventForSpam(EVENT);
  };
  for (let warm = 0; warm < 10; warm++) ask();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  ask();
  return Math.max(0, process.memoryUsage().heapUsed - before) / dispatches;
}

async function countContainerCalls(ask: Peers["subjects"]["ligand"]): Promise<number> {
  const prototype = Container.prototype as unknown as Record<string, unknown>;
  const originals = Object.entries(Object.getOwnPropertyDescriptors(Container.prototype)).filter(
    ([name, { value }]) => name !== "constructor" && typeof value === "function",
  );
  let calls = 0;
  for (const [name, { value }] of originals) {
    prototype[name] = function (this: unknown, ...args: unknown[]) {
      calls++;
      return (value as (...args: unknown[]) => unknown).apply(this, args);
    };
  }
  try {
    for (let dispatch = 0; dispatch < 1000; dispatch++) await ask(EVENT);
  } finally {
    for (const [name, descriptor] of originals) Object.defineProperty(Container.prototype, name, descriptor);
  }
  return calls;
}
