import { expect } from "chai";
import winston from "winston";
import { createLogger } from "#src/logging/create-logger.js";
import { moduleLogger, setModuleLevel } from "#src/logging/module-logger.js";
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

  it("a module's line is formatted only if a transport writes it", () => {
    const formatted: string[] = [];
    const note = winston.format((info) => {
      formatted.push(String(info.message));
      return info;
    });
    const [few, all] = [new CapturedStream(), new CapturedStream()];
    const host = winston.createLogger({
      level: "info",
      format: winston.format.combine(note(), winston.format.json()),
      transports: [new winston.transports.Stream({ stream: few })],
    });
    const logger = moduleLogger(host, { id: "censor" });
    logger.debug("nothing writes it");
    logger.warn("both do");
    host.add(new winston.transports.Stream({ stream: all, level: "debug" }));
    logger.debug("one does");
    expect(formatted).to.deep.equal(["both do", "one does"]);
    expect([few, all].map(({ lines }) => lines.length)).to.deep.equal([1, 1]);
  });

  it("moduleLogger keeps the id in loggers that the module derives", () => {
    const stream = new CapturedStream();
    const host = winston.createLogger({ transports: [new winston.transports.Stream({ stream })] });
    moduleLogger(host, { id: "censor" }).child({ part: "words" }).warn("x");
    expect(JSON.parse(stream.text)).to.deep.equal({ level: "warn", message: "x", module: "censor", part: "words" });
  });

  for (const [level, written] of [
    [undefined, ["warn", "info"]],
    ["debug", ["warn", "info", "debug"]],
    ["error", []],
  ] as const) {
    it(`a module's logger at ${level ?? "no"} level writes ${written.join(", ") || "nothing less urgent"}, whatever the root's`, () => {
      const stream = new CapturedStream();
      const root = createLogger({ format: "json", stream });
      const logger = moduleLogger(root, { id: "censor" });
      setModuleLevel(logger, level);
      for (const each of ["warn", "info", "debug", "silly"] as const) logger.child({ part: "words" })[each](each);
      root.debug("of the root");
      const lines = stream.lines.map(
        (line) => JSON.parse(line) as { readonly level: string; readonly message: string },
      );
      expect(lines.map((line) => [line.level, line.message])).to.deep.equal(written.map((each) => [each, each]));
      expect(logger.isDebugEnabled()).to.equal(level === "debug");
    });
  }

  it("a module's logger writes at the root's level again once its own is taken back", () => {
    const stream = new CapturedStream();
    const logger = moduleLogger(createLogger({ format: "json", stream }), { id: "censor" });
    setModuleLevel(logger, "debug");
    setModuleLevel(logger, undefined);
    logger.debug("x");
    logger.error(new Error("z"));
    expect(stream.lines.map((line) => (JSON.parse(line) as { message: string }).message)).to.deep.equal(["z"]);
  });

  it("an error that a module logs below the root's level keeps its stack", () => {
    const stream = new CapturedStream();
    const logger = moduleLogger(createLogger({ format: "json", stream }), { id: "censor" });
    setModuleLevel(logger, "debug");
    logger.debug(new Error("z"));
    expect(JSON.parse(stream.text))
      .to.include({ level: "debug", module: "censor", message: "z" })
      .and.have.property("stack");
  });

  it("a module's logger passes on lines of levels that only the host's logger has", () => {
    const stream = new CapturedStream();
    const root = winston.createLogger({
      levels: winston.config.syslog.levels,
      level: "notice",
      transports: [new winston.transports.Stream({ stream })],
    });
    const logger = moduleLogger(root, { id: "censor" });
    setModuleLevel(logger, "silly");
    logger.log("notice", "x");
    logger.log("debug", "y");
    expect(stream.lines.map((line) => (JSON.parse(line) as { message: string }).message)).to.deep.equal(["x"]);
  });
});
