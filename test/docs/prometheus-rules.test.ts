import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { CATALOGUE } from "#src/catalogue/index.js";
import { healthMetrics } from "#src/container/health-metrics.js";
import type { Health, ModuleHealth } from "#src/container/health.js";
import { Dispatch } from "#src/hooks/dispatch.js";
import { chainCallback } from "../hooks/chain-callback.js";

interface Rule {
  readonly alert: string;
  readonly expr: string;
}
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const { groups } = parse(readFileSync("docs/prometheus-rules.yaml", "utf8")) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

/** The samples of the text format. */
function samplesOf(text: string): Sample[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name, labels, value] = /^(\w+)\{(.*)\} ([\d.e+-]+)$/.exec(line)!;
      const pairs = labels!.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g);
      return {
        name: name!,
        labels: Object.fromEntries(Array.from(pairs, ([, key, text]) => [key, text])),
        value: Number(value),
      };
    });
}

/** What an expression of the rules selects, of two scrapes one after the other: the modules, or the server for others. */
function alerting(expr: string, before: readonly Sample[], now: readonly Sample[]): string[] {
  const form = /^(increase\()?(\w+)(?:\{(\w+)="(\w+)"\})?(?:\[\w+\]\))? (==|>) (\d+)$/.exec(expr);
  if (!form) throw new Error(`${expr} has a form that this test can't evaluate`);
  const [, increase, name, label, wanted, operator, bound] = form;
  const selected = (samples: readonly Sample[]) =>
    samples.filter((sample) => sample.name === name && (label === undefined || sample.labels[label] === wanted));
  if (selected(now).length === 0 && !now.some((sample) => sample.name === name))
    throw new Error(`no metric is called ${name}`);
  const earlier = new Map(selected(before).map(({ labels, value }) => [JSON.stringify(labels), value]));
  return selected(now)
    .filter(({ labels, value }) => {
      const compared = increase ? value - (earlier.get(JSON.stringify(labels)) ?? 0) : value;
      return operator === ">" ? compared > Number(bound) : compared === Number(bound);
    })
    .map(({ labels }) => labels["module"] ?? labels["server_name"]!);
}

const module = (id: string, rest: Partial<ModuleHealth> = {}): ModuleHealth => ({
  id,
  mode: "enforce",
  state: "running",
  since: 0,
  restarts: 0,
  calls: 0,
  failures: 0,
  timeouts: 0,
  notAsked: 0,
  shadow: { refuses: 0 },
  slowest: null,
  openBreakers: 0,
  problems: [],
  ...rest,
});

/** The metrics of a host whose modules are doing so, and have a callback in force and one in shadow. */
const scrape = (modules: readonly ModuleHealth[], outcome: "done" | "refused") => {
  const health: Health = { revision: 1, lastReload: { at: 0, outcome, problems: 0 }, modules };
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
    const alerts = (now: readonly Sample[]) =>
      rules.flatMap(({ alert, expr }) => alerting(expr, well, now).map((what) => `${alert} ${what}`));
    for (const [alert, rest] of Object.entries(trouble)) {
      expect(alerts(scrape([module("a", rest), module("b")], "done"))).to.deep.equal([`${alert} a`]);
    }
    expect(alerts(scrape([module("a")], "refused"))).to.deep.equal(["LigandReloadRefused hs"]);
    expect(rules.map(({ alert }) => alert).toSorted()).to.deep.equal(
      ["LigandReloadRefused", ...Object.keys(trouble)].toSorted(),
    );
  });
});
