import type { DecisionsHealth } from "../decisions/decisions.js";
import { escapeLabel, family } from "../dispatch/render-metrics.js";
import type { Health, LastReload, ModuleHealth } from "./health.js";

/** How the modules of a host are doing, in the text format of Prometheus. */
export function healthMetrics(
  { state, revision, lastReload, modules, decisions }: Health,
  reloads: Readonly<Record<LastReload["outcome"], number>>,
  serverName: string,
): string {
  const server = labels({ server_name: serverName });
  const ofModules = (read: (module: ModuleHealth) => readonly (readonly [Labels, number])[]) =>
    modules.flatMap((module) =>
      read(module).map(([own, value]) => [`${server},${labels({ module: module.id, ...own })}`, value] as const),
    );
  const count = (read: (module: ModuleHealth) => number) => ofModules((module) => [[{}, read(module)]]);
  return [
    metric(
      "ligand_module_state",
      "gauge",
      "1 for the state that a module is in.",
      ofModules(({ mode, state }) => [[{ mode, state }, 1]]),
    ),
    metric(
      "ligand_module_state_since_seconds",
      "gauge",
      "Since when a module has been in its state, in seconds since the epoch.",
      count(({ since }) => since / 1000),
    ),
    metric(
      "ligand_module_restarts_total",
      "counter",
      "How often a module was started again.",
      count(({ restarts }) => restarts),
    ),
    metric(
      "ligand_module_circuit_breakers_open",
      "gauge",
      "How many callbacks of a module aren't called because their circuit breakers are open.",
      count(({ openBreakers }) => openBreakers),
    ),
    metric("ligand_configuration_revision", "gauge", "The number of the configuration that runs.", [
      [server, revision],
    ]),
    lastGoodMetric(state === "degraded", serverName),
    metric(
      "ligand_reloads_total",
      "counter",
      "Reloads, by how they ended.",
      Object.entries(reloads).map(([outcome, times]) => [`${server},${labels({ outcome })}`, times]),
    ),
    ...(decisions ? decisionMetrics(decisions, server) : []),
    metric("ligand_reload_refused", "gauge", "1 if the last reload was refused.", [
      [server, lastReload?.outcome === "refused" ? 1 : 0],
    ]),
  ].join("");
}

/** Whether the configuration that ran last is used: that's known before any module runs. */
export function lastGoodMetric(isLastGood: boolean, serverName: string): string {
  const help = "1 if the configuration that ran last runs, because the files couldn't be used.";
  return metric("ligand_configuration_last_good", "gauge", help, [
    [labels({ server_name: serverName }), isLastGood ? 1 : 0],
  ]);
}

function decisionMetrics({ recorded, dropped }: DecisionsHealth, server: string): string[] {
  return [
    metric("ligand_decisions_recorded_total", "counter", "Decisions that were recorded.", [[server, recorded]]),
    metric(
      "ligand_decisions_dropped_total",
      "counter",
      "Decisions that weren't recorded because too many waited or the file couldn't be written.",
      [[server, dropped]],
    ),
  ];
}

type Labels = Readonly<Record<string, string>>;

type Sample = readonly [labels: string, value: number];

function metric(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string {
  return family(name, type, help, samples.map(([own, value]) => `${name}{${own}} ${value}\n`).join(""));
}

function labels(all: Labels): string {
  return Object.entries(all)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(",");
}
