import { execFileSync } from "node:child_process";
import { context, metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-base";
import { expect } from "chai";
import { SpamChecker } from "#src/catalogue/index.js";
import { decisionsOf } from "#src/container/host.js";
import { Codes } from "#src/matrix/codes.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import type { RoomEvent } from "#src/matrix/room-event.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { Module } from "#src/modules/module.js";
import { observeMetrics } from "#src/telemetry/observe-metrics.js";
import { metricFamilies } from "#src/telemetry/metric-families.js";
import { offerTelemetry } from "#src/telemetry/offer-telemetry.js";
import { prepareModules, startModules } from "#src/start.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";

@Module()
class Slow {
  @SpamChecker.checkEventForSpam()
  async check({ content }: RoomEvent) {
    await new Promise(setImmediate);
    trace.getTracer("test").startSpan("a query of the module").end();
    if (content["body"] === "crash") throw new RangeError("password=hunter22 isn't a number");
    return NOT_SPAM;
  }
}

@Module()
class Strict {
  @SpamChecker.checkEventForSpam({ types: ["m.room.message"] })
  check({ content }: RoomEvent) {
    if (content["body"] === "spam") return deny(Codes.FORBIDDEN);
    if (content["body"] === "thrown") throw new MatrixError(403, "no", Codes.FORBIDDEN);
    return NOT_SPAM;
  }
}

describe("OpenTelemetry", () => {
  describe("with a tracer", () => {
    const exporter = new InMemorySpanExporter();

    before(() => {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
      trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
    });
    afterEach(() => exporter.reset());
    after(() => {
      trace.disable();
      context.disable();
    });

    const start = () =>
      startModules({ logger: captureLogs().logger, modules: [{ module: Slow }, { module: Strict, id: "strict" }] });

    /** The spans as a tree: each with what it has. */
    const treeOf = (spans: readonly ReadableSpan[], parent?: string): object[] =>
      spans
        .filter((span) => span.parentSpanContext?.spanId === parent)
        .toSorted((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1])
        .map((span) => {
          const inside = treeOf(spans, span.spanContext().spanId);
          const { status, attributes, name } = span;
          return {
            name,
            ...attributes,
            ...(status.code === SpanStatusCode.ERROR && { error: status.message }),
            ...(inside.length > 0 && { inside }),
          };
        });

    it("a dispatch is a span of the request, with a span for each callback that's called", async () => {
      await using host = await start();
      const request = trace.getTracer("test").startSpan("PUT /send");
      await context.with(trace.setSpan(context.active(), request), () =>
        host.hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body: "spam" } }), {
          requestId: "PUT-7",
          origin: "local",
        }),
      );
      request.end();
      const hook = "SpamChecker.checkEventForSpam";
      expect(treeOf(exporter.getFinishedSpans())).to.deep.equal([
        {
          name: "PUT /send",
          inside: [
            {
              name: hook,
              "ligand.hook": hook,
              "ligand.request_id": "PUT-7",
              "ligand.origin": "local",
              "ligand.refused": true,
              inside: [
                {
                  name: "Slow.check",
                  "ligand.hook": hook,
                  "ligand.module": "Slow",
                  "ligand.shadow": false,
                  inside: [{ name: "a query of the module" }],
                },
                {
                  name: "Strict.check",
                  "ligand.hook": hook,
                  "ligand.module": "strict",
                  "ligand.shadow": false,
                  "ligand.refused": true,
                },
              ],
            },
          ],
        },
      ]);
    });

    it("a callback that isn't concerned has no span, and neither has a hook that no module answers", async () => {
      await using host = await start();
      await host.hooks.spamChecker.checkEventForSpam(roomEvent({ type: "m.room.topic" }));
      await host.hooks.spamChecker.userMayInvite("@a:x", "@b:x", "!r:x");
      expect(
        exporter
          .getFinishedSpans()
          .map(({ name }) => name)
          .toSorted(),
      ).to.deep.equal(["Slow.check", "SpamChecker.checkEventForSpam", "a query of the module"]);
    });

    it("what fails has the status of an error, without secrets; a refusal by a MatrixError hasn't", async () => {
      await using host = await start();
      for (const body of ["crash", "thrown"]) {
        await Promise.resolve(host.hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body } }))).catch(
          () => undefined,
        );
      }
      const errors = exporter
        .getFinishedSpans()
        .flatMap(({ name, status, attributes }) =>
          status.code === SpanStatusCode.ERROR
            ? [[name, status.message]]
            : attributes["ligand.refused"] === true
              ? [[name, "refused"]]
              : [],
        );
      const message = "RangeError: password=[redacted] isn't a number";
      expect(errors).to.deep.equal([
        ["Slow.check", message],
        ["SpamChecker.checkEventForSpam", message],
        ["Strict.check", "refused"],
        ["SpamChecker.checkEventForSpam", "refused"],
      ]);
    });

    it("callbacks are followed once, also after a reload and while decisions are recorded", async () => {
      await using host = await start();
      await host.reload({ modules: [{ module: Slow }] });
      await host.reload({ modules: [{ module: Strict, id: "strict" }, { module: Slow }] });
      decisionsOf(host).subscribe(() => undefined);
      await host.hooks.spamChecker.checkEventForSpam(roomEvent());
      expect(
        exporter
          .getFinishedSpans()
          .map(({ name }) => name)
          .toSorted(),
      ).to.deep.equal(["Slow.check", "SpamChecker.checkEventForSpam", "Strict.check", "a query of the module"]);
    });
  });

  describe("whose SDK is registered late", () => {
    const warning =
      "Hooks aren't traced: OpenTelemetry's tracer was registered after they were made. Register the SDK before " +
      "`prepareModules` or `startModules`, such as by `node --import ./instrumentation.js main.js`.";
    const warningsOf = ({ records }: ReturnType<typeof captureLogs>) =>
      records.filter(({ level }) => level === "warn").map(({ message }) => message);

    afterEach(() => {
      trace.disable();
      metrics.disable();
    });

    it("after prepareModules, the start warns that hooks have no spans", async () => {
      const logs = captureLogs();
      const prepared = prepareModules({ logger: logs.logger, modules: [{ module: Strict }] });
      const exporter = new InMemorySpanExporter();
      trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
      await using host = await prepared.start();
      await host.hooks.spamChecker.checkEventForSpam(roomEvent());
      expect([warningsOf(logs), exporter.getFinishedSpans()]).to.deep.equal([[warning], []]);
    });

    it("before prepareModules, nothing is said", async () => {
      trace.setGlobalTracerProvider(new BasicTracerProvider());
      const logs = captureLogs();
      const host = await startModules({ logger: logs.logger, modules: [{ module: Strict }] });
      await host.stop();
      expect(warningsOf(logs)).to.deep.equal([]);
    });

    it("after the start, it's noticed once, and a meter is offered the metrics from then on", async () => {
      const logs = captureLogs();
      const noticed = new Promise<void>((resolve) => logs.logger.on("data", () => resolve()));
      const reads: string[] = [];
      const metered = {
        metrics: () => {
          reads.push("read");
          return "# HELP m M.\n# TYPE m gauge\nm{} 1\n";
        },
      };
      const end = offerTelemetry(metered, { isTraced: false, logger: logs.logger, lookAfterMs: [1, 2, 3] });
      expect([warningsOf(logs), reads]).to.deep.equal([[], []]);
      trace.setGlobalTracerProvider(new BasicTracerProvider());
      metrics.setGlobalMeterProvider(new MeterProvider());
      await noticed;
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect([warningsOf(logs), reads]).to.deep.equal([[warning], ["read"]]);
      end();
    });

    it("after the host has stopped, nothing is said", async () => {
      const logs = captureLogs();
      offerTelemetry({ metrics: () => "" }, { isTraced: false, logger: logs.logger, lookAfterMs: [1] })();
      trace.setGlobalTracerProvider(new BasicTracerProvider());
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(logs.records).to.deep.equal([]);
    });
  });

  it("with a meter, the counters of the host are observed under their own names", async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    try {
      const host = await startModules({ logger: captureLogs().logger, modules: [{ module: Strict }] });
      await host.hooks.spamChecker.checkEventForSpam(roomEvent());
      await reader.forceFlush();
      const observed = exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: all }) => all));
      const samples = observed.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => `${descriptor.name} ${JSON.stringify(attributes)} ${String(value)}`),
      );
      const own = metricFamilies(host.metrics()).flatMap((family) =>
        family.samples.map(({ name, labels, value }) => `${name} ${JSON.stringify(labels)} ${value}`),
      );
      expect(samples.toSorted()).to.deep.equal(own.filter((sample) => !sample.includes("_bucket")).toSorted());
      await host.stop();
    } finally {
      metrics.disable();
      await provider.shutdown();
    }
  });

  it("a host that has stopped isn't asked for its metrics any more", async () => {
    const reader = new PeriodicExportingMetricReader({
      exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
      exportIntervalMillis: 3_600_000,
    });
    const provider = new MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    try {
      let reads = 0;
      const end = observeMetrics({ metrics: () => `# HELP m M.\n# TYPE m gauge\nm{} ${++reads}\n` })!;
      await reader.forceFlush();
      const before = reads;
      end();
      await reader.forceFlush();
      expect([before > 1, reads]).to.deep.equal([true, before]);
    } finally {
      metrics.disable();
      await provider.shutdown();
    }
  });

  it("without an SDK, the API isn't even loaded", () => {
    const program = `
      import { createRequire } from "node:module";
      import { startModules, Module, SpamChecker } from "ligand";
      const host = await startModules({ modules: [] });
      await host.stop();
      console.log(Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes("opentelemetry")).length);`;
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
    expect(output.trim()).to.equal("0");
  });
});
