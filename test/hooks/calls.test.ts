import { expect } from "chai";
import { copying, type Call } from "#src/hooks/calls.js";

const plain = { name: "plain", summary: "as it is" };
const copied = { name: "copied", summary: "a copy", copy: (value: object) => ({ ...value }) };

describe("copying", () => {
  it("is the call itself where nothing is copied", () => {
    const call: Call = () => 1;
    expect(copying(call, [plain, plain])).to.equal(call);
  });

  it("copies the arguments that the hook copies, and those alone, for each call", () => {
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
