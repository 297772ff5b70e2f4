import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join, resolve } from "node:path";
import { NOT_SPAM } from "#src/index.js";
import { LigandServe } from "../../test/synapse/ligand-serve.js";
import { PYTHON } from "../../test/synapse/running-synapse.js";
import { quantile, shuffled, spreadOf } from "../statistics.js";
import { spreadRow, type Row } from "../row.js";
import { EVENT, homeserverInNode } from "./homeserver-in-node.js";

/** Makes calls, so many at a time; gives how long each took, in microseconds. */
type Caller = (inFlight: number, calls: number) => Promise<number[]>;

/** The round trip of one hook of one module over a Unix socket, from Node and from Synapse's Python. */
export async function roundTripRows(directory: string, rounds: number): Promise<Row[]> {
  const serve = new LigandServe(directory, "round-trip");
  await serve.start([{ module: `${resolve("build/bench/synapse/ham.js")}#Ham` }]);
  const node = await nodeCaller(serve.socket);
  const python = pythonCaller(serve.socket);
  const callers = { "from Node": node.call, "from Synapse's Python": python.call };
  const rows: Row[] = [];
  for (const inFlight of [1, 100]) {
    const calls = Math.max(1000, inFlight * 20);
    const rounds50: Record<string, number[]> = {};
    const rounds99: Record<string, number[]> = {};
    for (let round = -1; round < rounds; round++) {
      for (const [name, call] of shuffled(Object.entries<Caller>(callers))) {
        const took = await call(inFlight, calls);
        // The first round makes the code warm.
        if (round < 0) continue;
        (rounds50[name] ??= []).push(quantile(took, 0.5));
        (rounds99[name] ??= []).push(quantile(took, 0.99));
      }
    }
    const group = `round trip of one hook, ${inFlight} in flight`;
    for (const name of Object.keys(callers)) {
      rows.push(spreadRow(group, `${name}, p50`, "µs", spreadOf(rounds50[name]!)));
      rows.push(spreadRow(group, `${name}, p99`, "µs", spreadOf(rounds99[name]!)));
    }
  }
  await node.stop();
  python.stop();
  await serve.stop();
  return rows;
}

async function nodeCaller(socket: string): Promise<{ call: Caller; stop: () => Promise<void> }> {
  const host = await homeserverInNode(socket);
  const { spamChecker } = host.hooks;
  const call: Caller = async (inFlight, calls) => {
    const took: number[] = [];
    const askAgainAndAgain = async () => {
      for (let i = 0; i < calls / inFlight; i++) {
        const started = performance.now();
        const answer = await spamChecker.checkEventForSpam(EVENT);
        took.push((performance.now() - started) * 1000);
        if (answer !== NOT_SPAM) throw new Error("ham is not spam");
      }
    };
    await Promise.all(Array.from({ length: inFlight }, askAgainAndAgain));
    return took;
  };
  return { call, stop: () => host.stop() };
}

function pythonCaller(socket: string): { call: Caller; stop: () => void } {
  const child = spawn(PYTHON, [join("bench", "synapse", "round_trip.py"), socket], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const call: Caller = async (inFlight, calls) => {
    child.stdin.write(`${inFlight} ${calls}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error("round_trip.py has ended");
    return JSON.parse(value) as number[];
  };
  return { call, stop: () => child.stdin.end() };
}
