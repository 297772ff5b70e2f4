import type { Chain } from "./chain.js";
import { DURATION_BUCKETS, type Durations } from "./durations.js";
import { TIMED_EVERY, TIMED_FIRST } from "./meter.js";
import type { Watchdog } from "./watchdog.js";

/** The metrics of all callbacks in the text format of Prometheus (version 0.0.4). */
export function renderMetrics(chains: readonly Chain[], watchdog: Watchdog, serverName: string): string {
  const server = `server_name="${escapeLabel(serverName)}"`;
  // Strings that grow are faster than a list of all lines that's joined: there may be a hundred thousand.
  let calls = "";
  let failures = "";
  let durations = "";
  let timeouts = "";
  let notAsked = "";
  let shadow = "";
  for (const chain of chains) {
    const { callbacks, meter } = chain.plan;
    const hook = `hook="${escapeLabel(chain.name)}"`;
    let callsHere = "";
    let failuresHere = "";
    let durationsHere = "";
    for (const [index, counted] of meter.read().entries()) {
      const { module, name, timeoutMs, shadow: isShadow } = callbacks[index]!;
      const block = module.specifier ? `${module.specifier}.${name}` : name;
      // Joined, they are one string, which every line copies as a whole.
      const labels = [server, `module="${escapeLabel(module.id)}"`, hook, `block_name="${escapeLabel(block)}"`].join(
        ",",
      );
      if (isShadow) {
        for (const [result, count] of counted.shadow ?? []) {
          shadow += `ligand_shadow_results_total{${labels},result="${escapeLabel(result)}"} ${count}\n`;
        }
        continue;
      }
      callsHere += `ligand_callback_calls_total{${labels}} ${counted.calls}\n`;
      failuresHere += `ligand_callback_failures_total{${labels}} ${counted.failures}\n`;
      // A line each is too many for callbacks that are always asked, and have no timeout.
      if (timeoutMs !== undefined || counted.timeouts > 0) {
        timeouts += `ligand_callback_timeouts_total{${labels}} ${counted.timeouts}\n`;
      }
      if (counted.notAsked > 0) notAsked += `ligand_callback_not_asked_total{${labels}} ${counted.notAsked}\n`;
      // Ten lines each are too many for callbacks that were never timed.
      if (counted.durations) durationsHere += histogram(labels, counted.durations);
    }
    calls += joined(callsHere);
    failures += joined(failuresHere);
    durations += joined(durationsHere);
  }
  return [
    family("ligand_callback_calls_total", "counter", "Calls of a callback.", calls),
    family("ligand_callback_failures_total", "counter", "Calls of a callback that failed.", failures),
    family("ligand_callback_timeouts_total", "counter", "Failures of a callback that didn't answer in time.", timeouts),
    family(
      "ligand_callback_not_asked_total",
      "counter",
      "Calls left out because a callback wasn't concerned.",
      notAsked,
    ),
    family("ligand_shadow_results_total", "counter", "What calls of a callback in shadow came to.", shadow),
    family(
      "ligand_callback_duration_seconds",
      "histogram",
      `How long calls took: of each hook's first ${TIMED_FIRST} dispatches, then of one in ${TIMED_EVERY}.`,
      durations,
    ),
    family(
      "ligand_dispatches_pending",
      "gauge",
      "Dispatches that are waiting for a callback.",
      `ligand_dispatches_pending{${server}} ${watchdog.pending}\n`,
    ),
  ].join("");
}

/** The same lines as one string: of those that are made of parts, the collector would copy each part. */
function joined(lines: string): string {
  // Slicing joins them.
  return lines && `${lines.slice(0, -1)}\n`;
}

const BOUNDS = [...DURATION_BUCKETS, "+Inf"].map((bound) => `,le="${bound}"} `);

function histogram(labels: string, { buckets, sum, count }: Durations): string {
  const start = `ligand_callback_duration_seconds_bucket{${labels}`;
  let lines = "";
  let upTo = 0;
  for (let bucket = 0; bucket < BOUNDS.length; bucket++) {
    upTo += buckets[bucket]!;
    lines += `${start}${BOUNDS[bucket]!}${upTo}\n`;
  }
  return `${lines}ligand_callback_duration_seconds_sum{${labels}} ${sum}\nligand_callback_duration_seconds_count{${labels}} ${count}\n`;
}

/** A metric with its samples, a line each. */
export function family(name: string, type: string, help: string, samples: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples}`;
}

/** A value as a label has it. */
export function escapeLabel(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
