import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

/** Milliseconds of processor time that processes took until now, all their threads together. Linux alone tells. */
export function processorMs(pids: readonly number[]): number {
  return (
    pids.reduce((sum, pid) => sum + threadsOf(pid).reduce((total, thread) => total + nanosecondsOf(thread), 0), 0) / 1e6
  );
}

/** Resolves once processes take little time: what a request leads to may go on after its answer. */
export async function untilIdle(pids: readonly number[]): Promise<void> {
  for (let before = processorMs(pids); ;) {
    await setTimeout(100);
    const now = processorMs(pids);
    if (now - before < 10) return;
    before = now;
  }
}

function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
}

function nanosecondsOf(thread: string): number {
  return Number(readFileSync(`${thread}/schedstat`, "utf8").split(" ", 1)[0]);
}
