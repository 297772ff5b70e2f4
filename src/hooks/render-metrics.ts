import { DURATION_BUCKETS, TIMED_EVERY, TIMED_FIRST } from "./callback-metrics.js";
import type { Chain } from "./chain.js";
import type { Watchdog } from "./watchdog.js";

/** The metrics of all callbacks in the text format of Prometheus (version 0.0.4). */
export function renderMetrics(chains: readonly Chain[], watchdog: Watchdog, serverName: string): string {
  const calls: string[] = [];
  const failures: string[] = [];
  const durations: string[] = [];
  for (const chain of chains) {
    for (const [index, { module, name }] of chain.callbacks.entries()) {
      const metrics = chain.metrics[index]!;
      const block = module.specifier ? `${module.specifier}.${name}` : name;
      const labels = Object.entries({ server_name: serverName, module: module.id, hook: chain.name, block_name: block })
        .map(([label, value]) => `${label}="${escapeLabel(value)}"`)
        .join(",");
      calls.push(`ligand_callback_calls_total{${labels}} ${metrics.calls}`);
      failures.push(`ligand_callback_failures_total{${labels}} ${metrics.failures}`);
      let upTo = 0;
      for (const [bucket, count] of metrics.durations.entries()) {
        upTo += count;
        durations.push(
          `ligand_callback_duration_seconds_bucket{${labels},le="${DURATION_BUCKETS[bucket] ?? "+Inf"}"} ${upTo}`,
        );
      }
      durations.push(`ligand_callback_duration_seconds_sum{${labels}} ${metrics.durationSum}`);
      durations.push(`ligand_callback_duration_seconds_count{${labels}} ${metrics.durationCount}`);
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
    family("ligand_dispatches_pending", "gauge", "Dispatches that wait for a callback.", [
      `ligand_dispatches_pending{server_name="${escapeLabel(serverName)}"} ${watchdog.pending}`,
    ]),
  ].join("");
}

function family(name: string, type: string, help: string, samples: readonly string[]): string {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples, ""].join("\n");
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
