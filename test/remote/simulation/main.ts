import "reflect-metadata";
import { parseArgs } from "node:util";
import { Simulator } from "./simulation.js";

// `npm run test:simulation -- --seeds 100000`, or `-- --seed 7` for the schedule of one.
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
  },
});
/** Of how many seeds that fail what was wrong is printed. */
const MOST_PRINTED = 20;

// Simulations throw many errors whose stacks are never read.
Error.stackTraceLimit = 0;
const simulator = await Simulator.create();
const failed =
  values.seed === undefined
    ? await runMany(Number(values.from), Number(values.seeds))
    : await print(Number(values.seed));
process.exit(failed > 0 ? 1 : 0);

/** Prints the schedule of a seed, and what was wrong. */
async function print(seed: number): Promise<number> {
  const { schedule, faults } = await simulator.run(seed, { keepsSchedule: true });
  console.log([...schedule, "", ...(faults.length > 0 ? faults : ["Every invariant held."])].join("\n"));
  return faults.length;
}

async function runMany(from: number, count: number): Promise<number> {
  const begun = performance.now();
  const ends = new Map<string, number>();
  let [steps, calls, failed] = [0, 0, 0];
  console.log(`Seeds ${from} to ${from + count - 1}`);
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await simulator.run(seed);
    steps += outcome.steps;
    for (const [end, times] of Object.entries(outcome.ends)) {
      calls += times;
      ends.set(end, (ends.get(end) ?? 0) + times);
    }
    if (outcome.faults.length === 0) continue;
    if (failed++ < MOST_PRINTED) console.log(`seed ${seed}: ${outcome.faults.slice(0, 3).join("; ").slice(0, 500)}`);
  }
  for (const [end, times] of [...ends].toSorted(([, one], [, other]) => other - one))
    console.log(`${times} calls: ${end}`);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(`${count} seeds, ${calls} calls, ${steps} steps in ${seconds} s; ${failed} seeds failed`);
  if (failed > 0) console.log("The schedule of one: npm run test:simulation -- --seed NUMBER");
  return failed;
}
