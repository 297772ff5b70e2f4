import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { CATALOGUE } from "#src/catalogue/index.js";
import { healthMetrics } from "#src/container/health-metrics.js";
import type { Health, ModuleHealth } from "#src/container/health.js";
import { Dispatch } from "#src/dispatch/dispatch.js";
import type { MetricSample } from "#src/telemetry/metric-families.js";
import { chainCallback } from "../dispatch/chain-callback.js";
import { RUNNING } from "../running-module.js";
import { evaluate, samplesOf } from "./prom-query.js";

interface Rule {
  readonly alert: string;
  readonly expr: string;
}
const { groups } = parse(readFileSync("docs/prometheus-rules.yaml", "utf8")) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

/** What a rule selects, of two scrapes one after the other: the modules, or the server for others. */
function alerting(expr: string, before: readonly MetricSample[], now: readonly MetricSample[]): string[] {
  const series = evaluate(expr, { before, now, seconds: 60 });
  return series.map(({ labels }) => labels["module"] ?? labels["server_name"]!);
}

const module = (id: string, rest: Partial<ModuleHealth> = {}): ModuleHealth => ({
  id,
  ...RUNNING,
  since: 0,
  shadow: { refuses: 0 },
  ...rest,
});

/** The metrics of a host whose modules are doing so, and have a callback in force and one in shadow, and that records decisions. */
const scrape = (
  modules: readonly ModuleHealth[],
  outcome: "done" | "refused",
  { dropped = 0, state = "running" }: { dropped?: number; state?: Health["state"] } = {},
) => {
  const decisions = { recorded: 10, dropped, problem: null };
  const health: Health = { state, revision: 1, lastReload: { at: 0, outcome, problems: 0 }, modules, decisions };
  const dispatch = new Dispatch(Infinity);
  const chain = dispatch.newChain("SpamChecker.checkEventForSpam", CATALOGUE.spamChecker.hooks.checkEventForSpam);
  const callbackOf = (id: string, more?: { shadow: true }) =>
    chainCallback(id, () => undefined, { timeoutMs: 10, ...more });
  chain.setCallbacks(modules.flatMap(({ id }) => [callbackOf(id), callbackOf(id, { shadow: true })]));
  for (const [index, { timeouts, shadow }] of modules.entries()) {
    chain.plan.meter.counters[2 * index]!.timeouts = timeouts;
    chain.plan.meter.counters[2 * index + 1]!.shadow = new Map(Object.entries(shadow));
  }
  const text = dispatch.metrics("hs") + healthMetrics(health, { done: 1, refused: 1 }, "hs");
  dispatch.stop();
  return samplesOf(text);
};

describe("docs/prometheus-rules.yaml", () => {
  const well = scrape([module("a"), module("b")], "done");

  it("no rule alerts while all is well", () => {
    expect(rules.flatMap(({ expr }) => alerting(expr, well, well))).to.deep.equal([]);
  });

  it("each rule alerts to what it's for, and to that alone", () => {
    const trouble: Readonly<Record<string, Partial<ModuleHealth>>> = {
      LigandModuleFailed: { state: "failed" },
      LigandModuleRestarts: { restarts: 3 },
      LigandCircuitBreakerOpen: { state: "degraded", openBreakers: 1 },
      LigandTimeouts: { timeouts: 11 },
      LigandShadowRefuses: { mode: "shadow", shadow: { refuses: 1 } },
    };
    const alerts = (now: readonly MetricSample[]) =>
      rules.flatMap(({ alert, expr }) => alerting(expr, well, now).map((what) => `${alert} ${what}`));
    for (const [alert, rest] of Object.entries(trouble)) {
      expect(alerts(scrape([module("a", rest), module("b")], "done"))).to.deep.equal([`${alert} a`]);
    }
    expect(alerts(scrape([module("a")], "refused"))).to.deep.equal(["LigandReloadRefused hs"]);
    expect(alerts(scrape([module("a")], "done", { dropped: 1 }))).to.deep.equal(["LigandDecisionsDropped hs"]);
    expect(alerts(scrape([module("a")], "done", { state: "degraded" }))).to.deep.equal(["LigandLastGood hs"]);
    expect(rules.map(({ alert }) => alert).toSorted()).to.deep.equal(
      ["LigandReloadRefused", "LigandDecisionsDropped", "LigandLastGood", ...Object.keys(trouble)].toSorted(),
    );
  });
});
