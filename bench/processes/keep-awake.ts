import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, constants, setPriority } from "node:os";

/**
 * Keeps every processor busy with a process of the lowest priority while something is measured that waits for other processes.
 * A virtual machine takes longer to wake a processor than a call takes, and does so only for waits that are longer than some tens of
 * microseconds: that would be measured, and not the calls.
 */
export async function whileAwake<Result>(measure: () => Promise<Result>): Promise<Result> {
  const busy = Array.from({ length: availableParallelism() }, () => {
    const child = spawn(process.execPath, ["--eval", "for (;;);"], { stdio: "ignore" });
    setPriority(child.pid!, constants.priority.PRIORITY_LOW);
    return child;
  });
  try {
    return await measure();
  } finally {
    for (const child of busy) child.kill("SIGKILL");
    await Promise.all(busy.map((child) => child.exitCode ?? child.signalCode ?? once(child, "exit")));
  }
}
