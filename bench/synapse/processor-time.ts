import { readdirSync, readFileSync } from "node:fs";

/** Milliseconds of processor time that processes took until now, all their threads together. Linux alone tells. */
export function processorMs(pids: readonly number[]): number {
  return (
    pids.reduce((sum, pid) => sum + threadsOf(pid).reduce((total, thread) => total + nanosecondsOf(thread), 0), 0) / 1e6
  );
}

function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
}

function nanosecondsOf(thread: string): number {
  return Number(readFileSync(`${thread}/schedstat`, "utf8").split(" ", 1)[0]);
}
