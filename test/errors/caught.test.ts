import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { isCancellation } from "#src/errors/cancelled-error.js";
import { caught, shownMessage, shownStack } from "#src/errors/caught.js";
import { errorPlace } from "#src/errors/error-place.js";
import { causeMessages } from "#src/errors/problem.js";
import { withoutSecrets } from "#src/errors/without-secrets.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { THROWN } from "../faults/faults.js";

describe("caught", () => {
  it("caught returns an error that can be read as it is, with its class", () => {
    const errors = [new Error("boom"), new MatrixError(403, "no"), new DOMException("gone", "AbortError")];
    expect(errors.map((error) => caught(error) === error)).to.deep.equal([true, true, true]);
  });

  for (const [name, make] of Object.entries(THROWN)) {
    it(`caught makes a readable error of what a module throws: ${name}`, () => {
      const error = caught(make());
      expect(error).to.be.instanceOf(Error);
      for (const text of [error.name, error.message, error.stack]) expect(text).to.be.a("string");
      expect(causeMessages(make()).length).to.be.above(0);
      expect(shownMessage(error).length).to.be.below(20_000);
      expect(shownStack(error)?.length).to.be.below(20_000);
      expect(errorPlace(make()) ?? "").to.be.a("string");
      expect(isCancellation(make())).to.equal(name === "abortError");
      expect(causeMessages(withoutSecrets(error, ["secret"]))).to.be.an("array");
    });
  }

  it("caught says what was thrown in place of an error", () => {
    const thrown = [undefined, null, 7, "out of paint", Symbol("x"), Object.create(null), () => 1, { code: 1 }];
    expect(thrown.map((value) => caught(value).message)).to.deep.equal([
      "undefined was thrown; expected an Error",
      "null was thrown; expected an Error",
      "a number was thrown; expected an Error",
      "out of paint",
      "a symbol was thrown; expected an Error",
      "an object was thrown; expected an Error",
      "a function was thrown; expected an Error",
      "an object was thrown; expected an Error",
    ]);
  });

  it("caught keeps message and stack of an error of another realm", () => {
    const error = caught(runInNewContext("new TypeError('elsewhere')"));
    expect(error).to.be.instanceOf(Error);
    expect([error.message, error.stack?.split("\n")[0]]).to.deep.equal(["elsewhere", "TypeError: elsewhere"]);
  });

  it("caught() reads a getter once: what it says later doesn't reach the log", () => {
    let reads = 0;
    const error = Object.defineProperty(new Error("boom"), "message", {
      get() {
        if (++reads > 1) throw new Error("read too often");
        return "first";
      },
    });
    const readable = caught(error);
    expect([readable.message, readable.message, readable.message]).to.deep.equal(["first", "first", "first"]);
  });

  it("errorPlace passes over URLs in a stack that name no file of this machine", () => {
    const error = Object.defineProperty(new Error("boom"), "stack", {
      value: "Error: boom\n    at file://elsewhere/module.js:1:2\n    at /srv/module.js:3:4",
    });
    expect(errorPlace(error)).to.equal("/srv/module.js:3:4");
  });

  it("withoutSecrets looks at a bounded part of a huge error, and shows no secret of the rest", () => {
    const secrets = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, "password=secret"]));
    const error = Object.assign(new Error("password=secret"), {
      secrets,
      list: Array(20_000).fill("password=secret"),
    });
    const safe = withoutSecrets(error, []) as typeof error;
    expect(safe.message).to.equal("password=[redacted]");
    expect(JSON.stringify(safe)).not.to.include("password=secret");
    expect(Object.keys(safe.secrets).length).to.be.below(10_001);
  });
});
