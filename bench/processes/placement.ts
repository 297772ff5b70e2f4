import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** Where this process and those that it calls run. */
export type Placement = "on one processor" | "on two processors" | "wherever";

/**
 * Places processes, this one included: their main threads run there from now on. Only Linux has `taskset`; elsewhere, and with
 * one processor, nothing changes.
 */
export function place(placement: Placement, called: readonly number[]): void {
  const all = `0-${availableParallelism() - 1}`;
  const [here, there] = { "on one processor": ["0", "0"], "on two processors": ["0", "1"], wherever: [all, all] }[
    placement
  ];
  for (const [pid, processors] of [[process.pid, here], ...called.map((pid) => [pid, there] as const)] as const)
    spawnSync("taskset", ["--cpu-list", "--pid", processors!, `${pid}`]);
}
