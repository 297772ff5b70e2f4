import { Readable } from "node:stream";
import { expect } from "chai";
import { NOT_SPAM } from "#src/index.js";
import { BYTES_PER_SECOND, OutputLimit } from "#src/remote/homeserver-side/output-limit.js";
import { relayLog } from "#src/remote/homeserver-side/relay-log.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { until } from "../../until.js";
import { HarmedHost } from "./isolated-host.js";

/** What is logged of an output, and the lines that were kept of it. */
async function relayed(...chunks: readonly string[]): Promise<{ logged: string[]; kept: readonly string[] }> {
  const { logger, records } = captureLogs({ all: true });
  const output = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  const kept = relayLog(output, logger, "isolated modules", (entry) => void logger.log(entry), 60_000);
  await new Promise((resolve) => output.once("close", resolve));
  return { logged: records.map(({ level, message }) => `${level} ${message}`), kept };
}

describe("the relayed output of isolated modules", () => {
  it("lines of the log keep their level; other lines are warnings, and are kept", async () => {
    const { logged, kept } = await relayed(
      '{"timestamp":"x","level":"info","message":"a',
      ' b"}\r\nprin',
      "ted\n\nlast",
    );
    expect(logged).to.deep.equal([
      "info a b",
      "warn isolated modules wrote: printed",
      "warn isolated modules wrote: ",
      "warn isolated modules wrote: last",
    ]);
    expect(kept).to.deep.equal(["printed", "", "last"]);
  });

  it("JSON that another logger prints is a line like any other", async () => {
    const lines = ['{"level":"fatal","message":"a"}', '{"level":"info","message":"a","module":{"id":"A"}}'];
    const { logged, kept } = await relayed(`${lines.join("\n")}\n`);
    expect(logged).to.deep.equal(lines.map((line) => `warn isolated modules wrote: ${line}`));
    expect(kept).to.deep.equal(lines);
  });

  it("a line of more than 64 KiB is cut, and says how long it was", async () => {
    const { logged, kept } = await relayed("x".repeat(65_000), "x".repeat(35_000), "\nshort\n");
    const [first, ...others] = logged;
    expect(first).to.match(/^warn isolated modules wrote a line of 100000 bytes, of which 65536 are kept: x+/);
    expect(others).to.deep.equal(["warn isolated modules wrote: short"]);
    expect(kept).to.deep.equal(["x".repeat(500), "short"]);
  });

  it("more than 1 MiB in a second is left out, and the log says how much", async () => {
    const line = "y".repeat(16_000);
    const { logged } = await relayed(...Array.from({ length: 80 }, () => `${line}\n`));
    expect(logged).to.deep.equal([
      ...Array.from({ length: 65 }, () => `warn isolated modules wrote: ${line}`),
      "warn Dropped 15 lines (240000 bytes) of isolated modules: they wrote too much within a second",
    ]);
  });

  it("more than 5,000 lines in a second are left out", async () => {
    const { logged } = await relayed("\n".repeat(7000));
    expect(logged.length).to.equal(5001);
    expect(logged.at(-1)).to.equal(
      "warn Dropped 2000 lines (0 bytes) of isolated modules: they wrote too much within a second",
    );
  });
});

describe("relaying output that isn't of the log", () => {
  it("relaying output doesn't try to read it as JSON, which for a million lines would block the homeserver for many seconds", async () => {
    const { parse } = JSON;
    const tried: string[] = [];
    JSON.parse = (text: string, ...others) => {
      tried.push(text);
      return parse(text, ...others) as unknown;
    };
    try {
      await relayed("x\n".repeat(3), '{"level":"info","message":"entry"}\n', "{broken\n", "{over\n".repeat(6000));
    } finally {
      JSON.parse = parse;
    }
    const times = (line: string) => tried.filter((text) => text === line).length;
    // Those that are left out aren't read, either.
    expect([times("x"), times("{broken"), times("{over")]).to.deep.equal([0, 1, 4995]);
  });
});

describe("the limit of output", () => {
  it("the limit of output accepts lines again in the next second, and first says how many were dropped", async () => {
    const said: [number, number][] = [];
    const limit = new OutputLimit((...lost) => said.push(lost), 50);
    expect([limit.lets(BYTES_PER_SECOND), limit.lets(10), limit.lets(20)]).to.deep.equal([true, false, false]);
    await until(() => said.length > 0);
    expect(said).to.deep.equal([[2, 30]]);
    expect(limit.lets(10)).to.equal(true);
    limit.end();
    expect(said.length).to.equal(1);
  });
});

describe("a module that writes half a gigabyte to standard error without a line feed", () => {
  it("a module that writes half a gigabyte to standard error without a line feed is answered, and the homeserver's memory doesn't grow by it", async () => {
    await using harmed = await HarmedHost.start({ callTimeoutMs: 100_000, blockedLimitMs: 100_000 });
    const before = process.memoryUsage.rss();
    let peak = before;
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
    expect(await harmed.check("flood 512")).to.equal(NOT_SPAM);
    clearInterval(timer);
    expect(peak - before).to.be.lessThan(200 * 2 ** 20);
    await harmed.host.stop();
    const { message } = await harmed.logged(/a line of/);
    expect(message).to.match(/^isolated modules wrote a line of 536870912 bytes, of which 65536 are kept: y+/);
  });
});
