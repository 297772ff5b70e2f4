import type { Host } from "#src/container/host.js";

/** How many calls in shadow have been counted; they are made in later turns than the dispatches that they belong to. */
export function shadowResults(host: Host): number {
  const counted = host.metrics().matchAll(/^ligand_shadow_results_total\{.*\} (\d+)$/gm);
  return Array.from(counted, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
}
