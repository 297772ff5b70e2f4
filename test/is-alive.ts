import { readFileSync } from "node:fs";

/** Whether a process is running; one that has exited and hasn't been reaped isn't. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // Not every system has it; on Linux it is gone by now.
    return process.platform !== "linux";
  }
}
