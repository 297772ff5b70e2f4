import { expect } from "chai";
import winston from "winston";
import { createLogger } from "#src/logging/create-logger.js";
import { moduleLogger } from "#src/logging/module-logger.js";
import { CapturedStream } from "./captured-stream.js";

describe("moduleLogger", () => {
  it("moduleLogger writes through the host's own winston logger, with the module's id", () => {
    const stream = new CapturedStream();
    const host = winston.createLogger({
      format: winston.format.json(),
      defaultMeta: { server: "example.org" },
      transports: [new winston.transports.Stream({ stream })],
    });
    moduleLogger(host, { id: "censor" }).info("hello", { count: 2 });
    expect(JSON.parse(stream.text)).to.deep.equal({
      count: 2,
      level: "info",
      message: "hello",
      module: "censor",
      server: "example.org",
    });
  });

  it("moduleLogger doesn't let the data of a line, or an error, speak for another module or another time", () => {
    const stream = new CapturedStream();
    const logger = moduleLogger(createLogger({ format: "json", stream }), { id: "censor" });
    logger.warn("x", { module: "other", timestamp: "yesterday", n: 1 });
    logger.child({ module: "other" }).warn("y");
    logger.error(Object.assign(new Error("z"), { module: "other" }));
    const [first, second, third] = stream.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const { timestamp, ...rest } = first!;
    expect(rest).to.deep.equal({
      level: "warn",
      module: "censor",
      message: "x",
      n: 1,
      _module: "other",
      _timestamp: "yesterday",
    });
    expect(Date.parse(timestamp as string)).to.be.greaterThan(Date.now() - 60_000);
    expect(second).to.include({ module: "censor", message: "y", _module: "other" });
    expect(third).to.include({ module: "censor", message: "z", _module: "other" });
    expect(third!["stack"]).to.match(/^Error: z\n/);
  });

  it("moduleLogger keeps the id in loggers that the module derives", () => {
    const stream = new CapturedStream();
    const host = winston.createLogger({ transports: [new winston.transports.Stream({ stream })] });
    moduleLogger(host, { id: "censor" }).child({ part: "words" }).warn("x");
    expect(JSON.parse(stream.text)).to.deep.equal({ level: "warn", message: "x", module: "censor", part: "words" });
  });
});
