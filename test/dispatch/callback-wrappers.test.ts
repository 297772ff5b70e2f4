import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { atOnce, copying } from "#src/dispatch/callback-wrappers.js";
import type { Call } from "#src/hooks/contribution.js";

const plain = { name: "plain", summary: "as it is" };
const copied = { name: "copied", summary: "a copy", copy: (value: object) => ({ ...value }) };

describe("copying", () => {
  it("copying is the call itself where nothing is copied", () => {
    const call: Call = () => 1;
    expect(copying(call, [plain, plain])).to.equal(call);
  });

  it("copying copies the arguments that the hook copies, and those alone, for each call", () => {
    const seen: unknown[][] = [];
    const call = copying((...args) => seen.push(args), [plain, copied, plain, plain, copied]);
    const args = [{ a: 1 }, { b: 2 }, { c: 3 }, { d: 4 }, { e: 5 }, { context: 6 }] as const;
    call(...args);
    call(...args);
    for (const received of seen) {
      expect(received).to.deep.equal(args);
      expect(received.map((value, index) => value === args[index])).to.deep.equal([
        true,
        false,
        true,
        true,
        false,
        true,
      ]);
    }
    expect(seen[0]![1]).not.to.equal(seen[1]![1]);
  });
});

describe("atOnce", () => {
  it("atOnce passes on a synchronous answer, and what is thrown", () => {
    const answer = {};
    expect(atOnce((a0, a1) => [a0, a1, answer])(1, 2)).to.deep.equal([1, 2, answer]);
    const fails = atOnce(() => {
      throw new RangeError("boom");
    });
    expect(() => fails()).to.throw(RangeError, "boom");
  });

  it("atOnce takes a promise for a failure, and does not let it end the process", async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => void rejections.push(reason);
    process.on("unhandledRejection", note);
    const call = atOnce(() => Promise.reject(new Error("later")));
    expect(() => call()).to.throw(
      LigandError,
      "the callback returned an instance of Promise; expected an immediate answer, from a method that isn't async",
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    expect(rejections).to.deep.equal([]);
  });
});
