import { expect } from "chai";
import { decisionLog } from "#src/cli/decision-log.js";
import { parseDatabase } from "#src/cli/option-values.js";
import { deny } from "#src/matrix/verdict.js";
import type { Observation } from "#src/dispatch/observer.js";
import { captureLogs } from "#src/testing/captured-logs.js";

describe("decisionLog", () => {
  /** The line that is written of an observation. */
  function lineOf(observed: Partial<Observation>): unknown {
    const { logger, records } = captureLogs({ all: true });
    decisionLog(logger)({ hook: "C.h", module: "M", callback: "M.m", context: {}, decided: false, ...observed });
    return records[0]?.message;
  }

  it("decisionLog says what a callback answered, and whether it decided", () => {
    expect(lineOf({ answer: "NOT_SPAM" })).to.equal('C.h: M (M.m) answered "NOT_SPAM"');
    expect(lineOf({ answer: deny("M_FORBIDDEN", { error: "no" }), decided: true })).to.equal(
      "C.h: M (M.m) decided M_FORBIDDEN: no",
    );
    expect(lineOf({ answer: undefined })).to.equal("C.h: M (M.m) answered nothing");
    expect(lineOf({ error: new TypeError("a bug") })).to.equal("C.h: M (M.m) threw TypeError: a bug");
  });

  it("decisionLog shows sets and maps, and of events what a module may change", () => {
    expect(lineOf({ answer: new Map([["@a:x", new Set([1])]]) })).to.equal('C.h: M (M.m) answered {"@a:x":[1]}');
    const event = { type: "m", sender: "@a:x", content: { body: "b" }, hashes: {} };
    expect(lineOf({ answer: [true, event] })).to.equal(
      'C.h: M (M.m) answered [true,{"type":"m","content":{"body":"b"}}]',
    );
  });

  it("decisionLog shows that a function follows", () => {
    expect(lineOf({ answer: ["@ann:x", () => undefined] })).to.equal('C.h: M (M.m) answered ["@ann:x","(a function)"]');
  });

  it("decisionLog shows no secret of a string of several lines", () => {
    expect(lineOf({ answer: { text: "config:\n  shared_secret: abc\n" } })).to.equal(
      'C.h: M (M.m) answered {"text":"config:\\n  shared_secret: [redacted]\\n"}',
    );
  });

  it("decisionLog shortens what is long", () => {
    expect(lineOf({ answer: "x".repeat(300) })).to.equal(`C.h: M (M.m) answered "${"x".repeat(199)}…`);
  });
});

describe("parseDatabase", () => {
  it("parseDatabase reads where a database is", () => {
    expect(parseDatabase("pglite:/var/lib/x")).to.deep.equal({ engine: "pglite", dataDir: "/var/lib/x" });
    expect(parseDatabase("postgres:postgresql://u@h/d")).to.deep.equal({
      engine: "postgres",
      connectionString: "postgresql://u@h/d",
    });
    expect(parseDatabase("postgres:")).to.deep.equal({ engine: "postgres" });
  });

  it("parseDatabase refuses other forms", () => {
    for (const text of ["", "pglite:", "sqlite:x", "postgres:x", "pglite"]) {
      expect(() => parseDatabase(text), text).to.throw("Expected pglite:DIRECTORY");
    }
  });
});
