import { expect } from "chai";
import winston from "winston";
import { LigandError } from "#src/errors/ligand-error.js";
import { createLogger, type LoggerOptions } from "#src/logging/create-logger.js";
import { moduleLogger } from "#src/logging/module-logger.js";
import { CapturedStream } from "./captured-stream.js";

function capture(options: LoggerOptions, stream = new CapturedStream()) {
  return { logger: createLogger({ ...options, stream }), stream };
}

/** The only line written, as JSON, with the members that differ from run to run replaced by their type. */
function onlyLine(stream: CapturedStream): Record<string, unknown> {
  expect(stream.lines).to.have.lengthOf(1);
  const line = JSON.parse(stream.lines[0] ?? "") as Record<string, unknown>;
  return { ...line, timestamp: typeof line["timestamp"] };
}

describe("createLogger", () => {
  describe("json", () => {
    it("the json log writes one object a line, the usual members first and in one order", () => {
      const { logger, stream } = capture({ format: "json" });
      moduleLogger(logger, { id: "spam" }).warn("two\nlines", {
        extra: 1,
        requestId: "GET-1",
        hook: "checkEventForSpam",
      });
      expect(Object.keys(JSON.parse(stream.lines[0] ?? "") as object)).to.deep.equal([
        "timestamp",
        "level",
        "module",
        "hook",
        "requestId",
        "message",
        "extra",
      ]);
      expect(onlyLine(stream)).to.deep.equal({
        timestamp: "string",
        level: "warn",
        module: "spam",
        hook: "checkEventForSpam",
        requestId: "GET-1",
        message: "two\nlines",
        extra: 1,
      });
    });

    it("the json log writes the time as ISO 8601", () => {
      const { logger, stream } = capture({ format: "json" });
      logger.info("x");
      expect((JSON.parse(stream.text) as { timestamp: string }).timestamp).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    });

    it("the json log writes an error's message and stack", () => {
      const { logger, stream } = capture({ format: "json" });
      const error = new LigandError("LIGAND_SERVICE_FAILED", "no connection");
      logger.error(error);
      const { level, message, stack, code } = onlyLine(stream);
      expect({ level, message, stack, code }).to.deep.equal({
        level: "error",
        message: "no connection",
        stack: error.stack,
        code: "LIGAND_SERVICE_FAILED",
      });
    });

    it("the json log writes an error that is data, and its cause, as objects", () => {
      const { logger, stream } = capture({ format: "json" });
      const cause = new RangeError("inner");
      const error = new TypeError("outer", { cause });
      logger.error("failed", { error });
      expect(onlyLine(stream)["error"]).to.deep.equal({
        name: "TypeError",
        message: "outer",
        stack: error.stack,
        cause: { name: "RangeError", message: "inner", stack: cause.stack },
      });
    });

    it("the json log survives data that JSON can't carry", () => {
      const { logger, stream } = capture({ format: "json" });
      const circular: Record<string, unknown> = { big: 10n, bytes: new Uint8Array(3), when: new Date(0) };
      circular["self"] = circular;
      logger.info("x", { circular });
      expect(onlyLine(stream)["circular"]).to.deep.equal({
        big: "10",
        bytes: "[3 bytes]",
        when: "1970-01-01T00:00:00.000Z",
        self: "[circular]",
      });
    });
  });

  describe("pretty", () => {
    const withoutTime = (stream: CapturedStream) => stream.text.replace(/^\S+ /, "");

    it("the pretty log writes level, module, message and data on one line", () => {
      const { logger, stream } = capture({});
      moduleLogger(logger, { id: "spam" }).info("refused", { hook: "checkEventForSpam", tags: ["a", "b"] });
      expect(withoutTime(stream)).to.equal("info [spam] refused hook=checkEventForSpam tags=[ 'a', 'b' ]\n");
    });

    it("the pretty log writes names of data that are more than a word in quotes, on one line and without commands of a terminal", () => {
      const { logger, stream } = capture({});
      const userId = "@a\n2026-01-01T00:00:00.000Z error [other] forged\u001b[2J:x";
      logger.warn("x", { [userId]: 1, "a b": new Error("e"), "": 2 });
      expect(withoutTime(stream).split("\n")[0]).to.equal(
        'warn x "@a\\n2026-01-01T00:00:00.000Z error [other] forged\\u001b[2J:x"=1 ""=2',
      );
    });

    it("the pretty log writes the time at which a line is written, whatever its data says", () => {
      const { logger, stream } = capture({});
      logger.warn("x", { timestamp: "1999-01-01\nforged" });
      expect(stream.text).to.match(/^20\d\d-\d\d-\d\dT[\d:.]+Z warn x\n$/);
    });

    it("the pretty log writes the stack below the line, indented", () => {
      const { logger, stream } = capture({});
      const error = new RangeError("too far");
      error.stack = "RangeError: too far\n    at here";
      logger.error(error);
      expect(withoutTime(stream)).to.equal("error too far\n    RangeError: too far\n        at here\n");
    });

    it("the pretty log writes an error that is data, and its cause, as stacks, and what else it has on the line", () => {
      const { logger, stream } = capture({});
      const cause = new RangeError("inner");
      cause.stack = "RangeError: inner\n    at here";
      const error = Object.assign(new TypeError("outer", { cause }), { code: "E_X" });
      error.stack = "TypeError: outer\n    at there";
      logger.error("failed", { path: "/x", error });
      expect(withoutTime(stream)).to.equal(
        [
          "error failed path=/x error={ code: 'E_X' }",
          "    TypeError: outer",
          "        at there",
          "    caused by: RangeError: inner",
          "        at here",
          "",
        ].join("\n"),
      );
    });

    it("the pretty log doesn't let a string forge a line or command the terminal", () => {
      const { logger, stream } = capture({});
      logger.info("joined \u001b[2J\r\n2026 error [spam] forged\u009b", { name: "a\nb" });
      expect(withoutTime(stream)).to.equal(
        "info joined \\u001b[2J\n    2026 error [spam] forged\\u009b name=a\n    b\n",
      );
    });

    it("the pretty log doesn't let a string change the direction of the line, or separate it", () => {
      const { logger, stream } = capture({});
      logger.info("user \u202Enimda\u2069 joined\u2028room");
      expect(withoutTime(stream)).to.equal("info user \\u202enimda\\u2069 joined\\u2028room\n");
    });

    it("the pretty log colours the level on a terminal only, and not where NO_COLOR is set", () => {
      const before = process.env["NO_COLOR"];
      const levelOn = (isTTY: boolean) => {
        const { logger, stream } = capture({}, new CapturedStream(isTTY));
        logger.info("x");
        return withoutTime(stream);
      };
      try {
        delete process.env["NO_COLOR"];
        expect(levelOn(true)).to.equal("\u001b[32minfo\u001b[39m x\n");
        expect(levelOn(false)).to.equal("info x\n");
        process.env["NO_COLOR"] = "1";
        expect(levelOn(true)).to.equal("info x\n");
      } finally {
        if (before === undefined) delete process.env["NO_COLOR"];
        else process.env["NO_COLOR"] = before;
      }
    });
  });

  it("createLogger writes only lines as urgent as its level", () => {
    const { logger, stream } = capture({ format: "json", level: "warn" });
    logger.info("no");
    logger.warn("yes");
    expect(onlyLine(stream)).to.deep.equal({ timestamp: "string", level: "warn", message: "yes" });
  });

  it("a line that createLogger's level drops is never looked into", () => {
    const { logger } = capture({ level: "info" });
    let looks = 0;
    const state = {
      get size() {
        return ++looks;
      },
    };
    logger.debug("no", { state });
    expect(looks).to.equal(0);
  });

  it("a transport that was taken away and added again gets lines of every level, as in winston", () => {
    const { logger } = capture({ level: "warn" });
    const stream = new CapturedStream();
    const transport = new winston.transports.Stream({ stream, eol: "\n" });
    logger.add(transport).remove(transport).add(transport);
    moduleLogger(logger, { id: "spam" }).info("of a module");
    logger.info("of the host");
    expect(stream.lines.map((line) => / (?:\[spam\] )?(of .*)/.exec(line)?.[1])).to.deep.equal([
      "of a module",
      "of the host",
    ]);
  });

  it("createLogger refuses a level or a format that doesn't exist", () => {
    expect(() => createLogger({ level: "trace" as "debug" }))
      .to.throw(
        LigandError,
        `the log level must be one of error, warn, info, http, verbose, debug, silly, but it's "trace"`,
      )
      .with.property("code", "LIGAND_ARGUMENT_INVALID");
    expect(() => createLogger({ format: "xml" as "json" }))
      .to.throw(LigandError, `the log format must be one of pretty, json, but it's "xml"`)
      .with.property("code", "LIGAND_ARGUMENT_INVALID");
  });
});
