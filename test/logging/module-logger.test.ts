import { expect } from "chai";
import winston from "winston";
import { moduleLogger } from "#src/logging/module-logger.js";
import { CapturedStream } from "./captured-stream.js";

describe("moduleLogger", () => {
  it("writes through the host's own winston logger, with the module's id", () => {
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

  it("keeps the id in loggers that the module derives", () => {
    const stream = new CapturedStream();
    const host = winston.createLogger({ transports: [new winston.transports.Stream({ stream })] });
    moduleLogger(host, { id: "censor" }).child({ part: "words" }).warn("x");
    expect(JSON.parse(stream.text)).to.deep.equal({ level: "warn", message: "x", module: "censor", part: "words" });
  });
});
