import type { Chain } from "./chain.js";
import { DURATION_BUCKETS, type Durations } from "./durations.js";
import { TIMED_EVERY, TIMED_FIRST } from "./meter.js";
import type { Watchdog } from "./watchdog.js";

/** The metrics of all callbacks in the text format of Prometheus (version 0.0.4). */
export function renderMetrics(chains: readonly Chain[], watchdog: Watchdog, serverName: string): string {
  const server = `server_name="${escapeLabel(serverName)}"`;
  const calls: string[] = [];
  const failures: string[] = [];
  const durations: string[] = [];
  for (const chain of chains) {
    const { callbacks, meter } = chain.plan;
    for (const [index, counted] of meter.read().entries()) {
      const { module, name } = callbacks[index]!;
      const block = module.specifier ? `${module.specifier}.${name}` : name;
      const labels = `${server},module="${escapeLabel(module.id)}",hook="${escapeLabel(chain.name)}",block_name="${escapeLabel(block)}"`;
      calls.push(`ligand_callback_calls_total{${labels}} ${counted.calls}`);
      failures.push(`ligand_callback_failures_total{${labels}} ${counted.failures}`);
      // Ten lines each are too many for callbacks that were never called.
      if (counted.durations) durations.push(...histogram(labels, counted.durations));
    }
  }
  return [
    family("ligand_callback_calls_total", "counter", "Calls of a callback.", calls),
    family("ligand_callback_failures_total", "counter", "Calls of a callback that threw.", failures),
    family(
      "ligand_callback_duration_seconds",
      "histogram",
      `How long calls took: of each hook's first ${TIMED_FIRST} dispatches, then of one in ${TIMED_EVERY}.`,
      durations,
    ),
    family("ligand_dispatches_pending", "gauge", "Dispatches that are waiting for a callback.", [
      `ligand_dispatches_pending{${server}} ${watchdog.pending}`,
    ]),
  ].join("");
}

function histogram(labels: string, { buckets, sum, count }: Durations): string[] {
  let upTo = 0;
  return [
    ...Array.from(buckets, (inBucket, bucket) => {
      upTo += inBucket;
      const bound = DURATION_BUCKETS[bucket] ?? "+Inf";
      return `ligand_callback_duration_seconds_bucket{${labels},le="${bound}"} ${upTo}`;
    }),
    `ligand_callback_duration_seconds_sum{${labels}} ${sum}`,
    `ligand_callback_duration_seconds_count{${labels}} ${count}`,
  ];
}

function family(name: string, type: string, help: string, samples: readonly string[]): string {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples, ""].join("\n");
}

/** A value as a label has it. */
export function escapeLabel(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
