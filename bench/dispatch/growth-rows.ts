import { NOT_SPAM, type RoomEvent } from "ligand";
import { interleave, type Effort } from "../interleave.js";
import { ratioRow, spreadRow, type Row } from "../row.js";
import { ratioOf, spreadOf } from "../statistics.js";
import { checkerClass, EVENT, type Checker, type Kind } from "./checkers.js";
import { hostOf, peersOf } from "./peers.js";

const GROUP = "dispatch: growth";

/** What one more callback costs in short and long chains. */
export async function growthRows(effort: Effort, counts = [100, 1000]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of ["sync", "async"] as const) {
    for (const count of counts) rows.push(...(await perCallback(kind, count, effort)));
  }
  return rows;
}

async function perCallback(kind: Kind, count: number, effort: Effort): Promise<Row[]> {
  await using peers = await peersOf(kind, count);
  const { base, ligand } = peers.subjects;
  const calls = onlyCalls(Array.from({ length: count }, () => new (checkerClass(kind))()));
  // The first thousand dispatches of a hook are timed.
  for (let dispatch = 0; dispatch < 2000; dispatch++) await ligand(EVENT);
  const samples = await interleave({ base, calls, ligand }, EVENT, effort);
  const name = `each of ${count} ${kind} callbacks`;
  const each = spreadOf(samples.ligand.map((ns) => ns / count));
  const rows = [
    spreadRow(GROUP, name, "ns", each, kind === "sync" ? 8 : undefined),
    ratioRow(GROUP, `${name}, × the hand-written loop`, ratioOf(samples.ligand, samples.base)),
  ];
  if (kind === "async") return rows;
  return [...rows, ratioRow(GROUP, `${name}, × a loop that only calls`, ratioOf(samples.ligand, samples.calls))];
}

/** What's left of a loop that awaits nothing: calls of bound methods, and a comparison of each answer. */
function onlyCalls(checkers: readonly Checker[]): (event: RoomEvent) => unknown {
  const callbacks = checkers.map((checker) => checker.check.bind(checker));
  return (event) => {
    for (let index = 0; index < callbacks.length; index++) {
      const answer = callbacks[index]!(event);
      if (answer !== NOT_SPAM) return answer;
    }
    return NOT_SPAM;
  };
}

/** How much more heap there is after many dispatches of three asynchronous callbacks. */
export async function heapRow(dispatches = 1e7): Promise<Row> {
  await using host = await hostOf("async", 3);
  const ask = async (times: number) => {
    for (let dispatch = 0; dispatch < times; dispatch++) await host.hooks.spamChecker.checkEventForSpam(EVENT);
  };
  await ask(dispatches / 100);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  await ask(dispatches);
  globalThis.gc?.();
  const value = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  const name = `heap after ${dispatches.toExponential(0)} dispatches`;
  return { group: GROUP, name, value, unit: "MiB", target: 0.5 };
}
