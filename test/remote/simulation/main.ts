import "reflect-metadata";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Simulator } from "./simulation.js";
import { Tally } from "./tally.js";

// `npm run test:simulation -- --seeds 100000 --jobs 2`, or `-- --seed 7` for the schedule of one.
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    /** How many processes share the seeds. */
    jobs: { type: "string", default: "1" },
  },
});

// Simulations throw many errors whose stacks are never read.
Error.stackTraceLimit = 0;
const failed =
  values.seed === undefined
    ? await runMany(Number(values.from), Number(values.seeds))
    : await print(Number(values.seed));
process.exit(failed > 0 ? 1 : 0);

/** Prints the schedule of a seed, and what was wrong. */
async function print(seed: number): Promise<number> {
  const { schedule, faults } = await (await Simulator.create()).run(seed, { keepsSchedule: true });
  console.log([...schedule, "", ...(faults.length > 0 ? faults : ["Every invariant held."])].join("\n"));
  return faults.length;
}

/** Runs seeds, and prints what became of them; a part of another process's seeds is reported to that process. */
async function runMany(from: number, count: number): Promise<number> {
  const begun = performance.now();
  const jobs = Math.min(Number(values.jobs), count);
  if (!process.send) console.log(`Seeds ${from} to ${from + count - 1}`);
  const tally = jobs > 1 ? await runTogether(from, count, jobs) : await runHere(from, count);
  if (process.send) {
    process.send(tally);
    return 0;
  }
  console.log(tally.lines(count, (performance.now() - begun) / 1000).join("\n"));
  return tally.failed;
}

async function runHere(from: number, count: number): Promise<Tally> {
  const simulator = await Simulator.create();
  const tally = new Tally();
  for (let seed = from; seed < from + count; seed++) tally.add(await simulator.run(seed));
  return tally;
}

/** Each process runs seeds that follow one another. */
async function runTogether(from: number, count: number, jobs: number): Promise<Tally> {
  const starts = Array.from({ length: jobs + 1 }, (_, job) => from + Math.floor((job * count) / jobs));
  const parts = await Promise.all(
    starts.slice(1).map(async (end, job) => {
      const start = starts[job]!;
      const child = fork(fileURLToPath(import.meta.url), ["--from", `${start}`, "--seeds", `${end - start}`]);
      let part: Tally | undefined;
      child.once("message", (message) => (part = message as Tally));
      const [code] = (await once(child, "exit")) as [number | null];
      if (!part) throw new Error(`the process with the seeds from ${start} on ended with ${code}`);
      return part;
    }),
  );
  const tally = new Tally();
  for (const part of parts) tally.merge(part);
  return tally;
}
