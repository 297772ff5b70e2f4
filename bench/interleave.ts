import { Bench } from "tinybench";
import { cpuMs } from "./cpu-time.js";
import { shuffled } from "./statistics.js";

/** A function to measure, and how it is called: the result is awaited, as a homeserver does. */
export type Subject = (argument: never) => unknown;

export interface Effort {
  /** How often each subject is measured. */
  readonly rounds: number;
  /** How long one measurement should take, in milliseconds. */
  readonly batchMs: number;
}

/**
 * Measures subjects side by side: in every round each of them runs one batch of calls, in random order, so that what
 * else the machine does falls on all of them. Returns the nanoseconds of processor time per call of each subject, round by round.
 */
export async function interleave<Name extends string>(
  subjects: Readonly<Record<Name, Subject>>,
  argument: unknown,
  { rounds, batchMs }: Effort,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(subjects) as Name[];
  const bench = new Bench({ iterations: 1, time: 0, warmup: false, retainSamples: true, throws: true });
  for (const name of names) {
    const subject = subjects[name] as (argument: unknown) => unknown;
    const calls = await batchSize(subject, argument, batchMs);
    bench.add(
      name,
      async () => {
        return { overriddenDuration: (1e6 * (await cpuTimeOf(subject, argument, calls))) / calls };
      },
      { async: true },
    );
  }
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const task of shuffled(bench.tasks)) {
      task.reset();
      await task.run();
      const { result } = task;
      if (result.state === "completed") samples[task.name as Name].push(result.latency.samples![0]!);
    }
  }
  return samples;
}

/** Calls a subject until it is optimised, and finds how many calls take as long as a batch should. */
async function batchSize(subject: (argument: unknown) => unknown, argument: unknown, batchMs: number): Promise<number> {
  let calls = 1;
  for (let warm = 0; ; warm++) {
    const tookMs = await cpuTimeOf(subject, argument, calls);
    if (tookMs < batchMs / 2) calls *= 2;
    else if (warm >= 30) return Math.max(1, Math.round((calls * batchMs) / tookMs));
  }
}

/** Milliseconds of processor time. */
async function cpuTimeOf(subject: (argument: unknown) => unknown, argument: unknown, calls: number): Promise<number> {
  const start = cpuMs();
  await callRepeatedly(subject, argument, calls);
  return cpuMs() - start;
}

async function callRepeatedly(
  subject: (argument: unknown) => unknown,
  argument: unknown,
  calls: number,
): Promise<void> {
  for (let call = 0; call < calls; call++) await subject(argument);
}
