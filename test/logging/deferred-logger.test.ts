import { expect } from "chai";
import { EventEmitter } from "node:events";
import winston, { type Logger } from "winston";
import { deferredLogger } from "#src/logging/deferred-logger.js";
import { moduleLogger } from "#src/logging/module-logger.js";
import { CapturedStream } from "./captured-stream.js";

describe("deferredLogger", () => {
  let made: number;
  let stream: CapturedStream;
  const make = (): Logger => {
    made++;
    return winston.createLogger({ level: "warn", transports: [new winston.transports.Stream({ stream })] });
  };

  beforeEach(() => {
    made = 0;
    stream = new CapturedStream();
  });

  it("deferredLogger makes its logger with the first use, and once", () => {
    const logger = deferredLogger(make);
    expect(made).to.equal(0);
    logger.warn("one");
    logger.error("two", { n: 2 });
    logger.info("less urgent");
    expect(made).to.equal(1);
    expect(stream.lines.map((line) => JSON.parse(line) as object)).to.deep.equal([
      { level: "warn", message: "one" },
      { level: "error", message: "two", n: 2 },
    ]);
  });

  const uses: Readonly<Record<string, (logger: Logger) => unknown>> = {
    "reads its level": (logger) => logger.level === "warn",
    "sets its level": (logger) => (logger.level = "error") === logger.level,
    "looks for a member": (logger) => "profile" in logger,
    "derives a logger": (logger) => typeof logger.child({}).warn === "function",
    "asks what it is": (logger) => logger instanceof EventEmitter,
    "inherits from it": (logger) => (Object.create(logger) as Logger).isWarnEnabled(),
  };
  for (const [what, use] of Object.entries(uses)) {
    it(`deferredLogger is a winston logger to code that ${what} first`, () => {
      expect(use(make())).to.equal(true);
      expect(use(deferredLogger(make))).to.equal(true);
      expect(made).to.equal(2);
    });
  }

  it("deferredLogger passes through promises without being made", async () => {
    const logger = await Promise.resolve(deferredLogger(make));
    expect(made).to.equal(0);
    logger.warn("one");
    expect(made).to.equal(1);
  });

  it("deferredLogger isn't made for lines that its level leaves out", () => {
    const logger = deferredLogger(make, "warn");
    logger.info("less urgent").debug("still less");
    expect(made).to.equal(0);
    logger.warn("one");
    logger.info("less urgent");
    expect(stream.lines.map((line) => JSON.parse(line) as object)).to.deep.equal([{ level: "warn", message: "one" }]);
  });

  it("deferredLogger isn't made for a module's logger that isn't used", () => {
    const logger = moduleLogger(deferredLogger(make), { id: "censor" });
    expect(made).to.equal(0);
    logger.warn("one");
    expect(JSON.parse(stream.text)).to.deep.equal({ level: "warn", message: "one", module: "censor" });
  });
});
