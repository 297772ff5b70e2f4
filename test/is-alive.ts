import { readFileSync } from "node:fs";

/** Whether a process runs. One that has ended, and that nobody has looked at yet, does not. */
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
