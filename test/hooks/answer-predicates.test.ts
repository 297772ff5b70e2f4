import { expect } from "chai";
import fc from "fast-check";
import { describe as kindOf } from "#src/errors/describe.js";
import { isThenable, isTruthy } from "#src/hooks/answer-predicates.js";

describe("isTruthy", () => {
  it("isTruthy takes null, undefined, false, zero and what is empty for no answer", () => {
    const empty = [null, undefined, false, 0, -0, 0n, "", [], {}, Object.create(null), new Map(), new Set()];
    expect([...empty, new Uint8Array(0)].filter(isTruthy)).to.deep.equal([]);
  });

  it("isTruthy takes what holds something for an answer, also when all that it holds is nothing", () => {
    const holes = Array.from<number>({ length: 0 });
    holes.length = 1;
    const full = [true, 1, -1, 1n, "0", " ", [null], holes, { key: undefined }, new Map([[0, 0]]), new Set([0])];
    expect([...full, new Uint8Array(1)].filter((value) => !isTruthy(value))).to.deep.equal([]);
  });

  it("isTruthy takes an instance for an answer, even when it has no keys of its own", () => {
    class Override {
      get perSecond() {
        return 1;
      }
    }
    const instances = [new Override(), new Date(0), new Error("x"), () => false, Symbol("x")];
    expect(instances.filter((value) => !isTruthy(value))).to.deep.equal([]);
  });

  it("law: a JSON value is an answer exactly if it is neither null, false, zero nor empty", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const nothing = ["null", "false", "0", '""', "[]", "{}"];
        expect(isTruthy(value)).to.equal(!nothing.includes(JSON.stringify(value)));
      }),
    );
  });
});

describe("describe", () => {
  it("describe names the kind of a value", () => {
    const values = [null, undefined, true, false, 3, 3n, "", "x", [], [1], [1, 2], {}, Object.create(null)];
    expect(values.map(kindOf)).to.deep.equal([
      "null",
      "undefined",
      "true",
      "false",
      "a number",
      "a bigint",
      "an empty string",
      "a string of 1 character",
      "a list of 0 items",
      "a list of 1 item",
      "a list of 2 items",
      "an object",
      "an object",
    ]);
    expect([new Map(), new Date(0), () => 1, Symbol("x")].map(kindOf)).to.deep.equal([
      "an instance of Map",
      "an instance of Date",
      "a function",
      "a symbol",
    ]);
  });

  it("law: never shows what a value holds", () => {
    const secret = "hunter2";
    const holding = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constant(secret),
        fc.constant(`${secret}!`),
        fc.record({ password: tie("value") }),
        fc.array(tie("value"), { minLength: 1 }),
        tie("value").map((value) => new Map([[secret, value]])),
        tie("value").map((value) => new Error(secret, { cause: value })),
      ),
    })).value;
    fc.assert(fc.property(holding, (value) => void expect(kindOf(value)).not.to.include(secret)));
  });
});

describe("isThenable", () => {
  it("isThenable takes whatever `await` would wait for", () => {
    const callable = Object.assign(() => 1, { then: () => undefined });
    expect([Promise.resolve(), { then: () => undefined }, callable].map(isThenable)).to.deep.equal([true, true, true]);
  });

  it("isThenable takes nothing else", () => {
    const values = [null, undefined, 1, "then", {}, { then: true }, () => 1, [Promise.resolve()]];
    expect(values.filter(isThenable)).to.deep.equal([]);
  });
});
