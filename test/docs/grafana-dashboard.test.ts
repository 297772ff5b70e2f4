import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { Host } from "#src/container/host.js";
import { roomEvent } from "#src/testing/builders.js";
import { filledHost } from "../inspector/filled-host.js";
import { evaluate, samplesOf, type Scrapes } from "./prom-query.js";

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly Target[] }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

const { panels, templating } = JSON.parse(readFileSync("docs/grafana-dashboard.json", "utf8")) as Dashboard;
const targets = panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));

/** A query as Grafana sends it. */
const filled = (expr: string) => expr.replaceAll("$server", "example\\.org|other").replaceAll("$__rate_interval", "1m");

describe("docs/grafana-dashboard.json", () => {
  let host: Host;
  let scrapes: Scrapes;

  before(async () => {
    host = await filledHost();
    const earlier = samplesOf(host.metrics());
    for (let call = 0; call < 60; call++) {
      await host.hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body: "hello" } }));
    }
    await host.hooks.spamChecker.checkEventForSpam(roomEvent({ sender: "@admin:example.org" }));
    scrapes = { before: earlier, now: samplesOf(host.metrics()), seconds: 60 };
  });
  after(() => host.stop());

  it("every query selects something of a host's metrics, by the labels that its legend names", () => {
    const wrong = targets.flatMap(({ title, expr, legendFormat }) => {
      const series = evaluate(filled(expr), scrapes);
      const named = Array.from(legendFormat.matchAll(/\{\{(\w+)\}\}/g), ([, label]) => label!);
      const isWhole = series.every(
        ({ labels, value }) => Number.isFinite(value) && named.every((label) => label in labels),
      );
      return series.length > 0 && isWhole ? [] : [`${title}: ${expr}`];
    });
    expect(wrong).to.deep.equal([]);
    expect(targets).to.have.length.above(10);
  });

  it("the panels say what happened", () => {
    const valuesOf = (title: string) => {
      const { expr } = targets.find((target) => target.title === title)!;
      return evaluate(filled(expr), scrapes).map(({ labels, value }) => [...Object.values(labels), value]);
    };
    expect(valuesOf("Modules that aren't running")).to.deep.equal([[1]]);
    expect(valuesOf("Calls")).to.deep.include.members([
      ["links", 61 / 60],
      ["flood", 1],
      ["censor", 0],
    ]);
    expect(valuesOf("Not asked")).to.deep.equal([["flood", 1 / 60]]);
    const timed = valuesOf("Duration, 95 % of calls").map(([module, hook]) => `${module} ${hook}`);
    expect(timed).to.deep.equal([
      "links SpamChecker.checkEventForSpam",
      "flood SpamChecker.checkEventForSpam",
      "links SpamChecker.userMayInvite",
    ]);
    expect(evaluate(filled('ligand_module_state{server_name=~"$server"}'), scrapes)).to.have.length(6);
    expect(evaluate('ligand_module_state{server_name=~"elsewhere"}', scrapes)).to.deep.equal([]);
  });

  it("the variable for the homeserver is filled from a metric that there is", () => {
    const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(
      templating.list.find(({ name }) => name === "server")!.query,
    )!;
    expect(scrapes.now.find(({ name }) => name === metric)!.labels).to.have.property(label!);
  });

  it("a query of another form, and one of a metric that there isn't, are errors of the evaluation", () => {
    expect(() => evaluate("sum(rate(ligand_callback_calls_total[5m])) / 2", scrapes)).to.throw("can't evaluate");
    expect(() => evaluate("sum(ligand_calls_total)", scrapes)).to.throw("no metric is called ligand_calls_total");
  });
});
