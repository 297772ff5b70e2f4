import { expect } from "chai";
import { Registry } from "prom-client";
import type { Host } from "#src/container/host.js";
import { collectInto } from "#src/telemetry/collect-into.js";
import { metricFamilies } from "#src/telemetry/metric-families.js";
import { filledHost } from "../inspector/filled-host.js";

describe("collectInto", () => {
  let host: Host;

  beforeEach(async () => (host = await filledHost()));
  afterEach(() => host.stop());

  const comparable = (text: string) =>
    metricFamilies(text)
      .filter(({ samples }) => samples.length > 0)
      .map(({ samples, ...family }) => ({
        ...family,
        samples: samples.map(({ name, labels, value }) => `${name} ${JSON.stringify(labels)} ${value}`).toSorted(),
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));

  it("a registry of prom-client has every metric of the host, with the same labels and values", async () => {
    const registry = new Registry();
    collectInto(host, registry);
    expect(comparable(await registry.metrics())).to.deep.equal(comparable(host.metrics()));
    expect(comparable(host.metrics()).map(({ name }) => name)).to.include.members([
      "ligand_callback_calls_total",
      "ligand_callback_duration_seconds",
      "ligand_module_state",
      "ligand_shadow_results_total",
    ]);
  });

  it("they are read each time the registry is asked", async () => {
    const registry = new Registry();
    collectInto(host, registry);
    const calls = async () => {
      const families = metricFamilies(await registry.metrics());
      const family = families.find(({ name }) => name === "ligand_callback_calls_total")!;
      return family.samples.find(
        ({ labels }) => labels["module"] === "links" && labels["hook"] === "SpamChecker.userMayInvite",
      )!.value;
    };
    expect(await calls()).to.equal(1);
    await host.hooks.spamChecker.userMayInvite("@ann:example.org", "@bob:example.org", "!den:example.org");
    await new Promise(setImmediate);
    expect(await calls()).to.equal(2);
  });

  it("a second call for the same registry is refused by the registry", () => {
    const registry = new Registry();
    collectInto(host, registry);
    expect(() => collectInto(host, registry)).to.throw("ligand_callback_calls_total has already been registered");
  });

  it("metricFamilies reads labels that have quotes, backslashes, line breaks and braces", () => {
    const text = '# HELP m Help, with words.\n# TYPE m gauge\nm{a="x\\"},y=\\\\\\n{",b=""} 1.5\nm 2\n';
    expect(metricFamilies(text)).to.deep.equal([
      {
        name: "m",
        help: "Help, with words.",
        type: "gauge",
        samples: [
          { name: "m", labels: { a: 'x"},y=\\\n{', b: "" }, value: 1.5 },
          { name: "m", labels: {}, value: 2 },
        ],
      },
    ]);
  });
});
