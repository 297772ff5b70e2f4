import { expect } from "chai";
import { UncarriedValue } from "#src/errors/describe.js";
import { jsonFault } from "#src/matrix/json.js";
import { decodeAnswer, encodeAnswer } from "#src/remote/wire/raw-answers.js";
import { MAX_DEPTH } from "#src/remote/wire/wire.js";
import type { Handles } from "#src/remote/wire/wire-forms.js";
import { ANSWERS } from "../../faults/faults.js";

/** Keeps no functions but one. */
const HANDLES = { keep: () => 1, use: () => "a function" } as unknown as Handles;

describe("answers that cross as they are", () => {
  it("an answer with cycles arrives as it is but for them, and so fails for the same reason as in the homeserver's process", () => {
    const [cyclic, shared]: Record<string, unknown>[] = [{ name: "x" }, { n: 1 }];
    Object.assign(cyclic!, { self: cyclic, list: [shared, { up: cyclic }], set: new Set([cyclic]), again: shared });
    const cycle = new UncarriedValue("a cycle", true);
    const arrived = decodeAnswer(encodeAnswer(cyclic, HANDLES), HANDLES);
    expect(arrived).to.deep.equal({
      name: "x",
      self: cycle,
      list: [{ n: 1 }, { up: cycle }],
      set: new Set([cycle]),
      again: { n: 1 },
    });
    expect([jsonFault(cyclic), jsonFault(arrived)]).to.deep.equal(["a cycle at self", "a cycle at self"]);
  });

  it("an answer that is small in memory and endless when it's written out crosses as one that can't be carried", () => {
    expect(encodeAnswer(ANSWERS["doubling"]!(), HANDLES)).to.deep.equal({
      $: "uncarried",
      what: "an object",
      isTruthy: true,
    });
  });

  /** What an answer is on the other side: the value within as many lists as that many levels, or what stands for all. */
  function crossed(innermost: unknown, levels: number): unknown {
    let nested = innermost;
    for (let level = 0; level < levels; level++) nested = [nested];
    let arrived = decodeAnswer(encodeAnswer(nested, HANDLES), HANDLES);
    for (let level = 0; level < levels && Array.isArray(arrived); level++) [arrived] = arrived as unknown[];
    return arrived;
  }

  for (const [what, innermost, arrives] of [
    ["undefined", undefined, undefined],
    ["a bigint", 10n, new UncarriedValue("a bigint", true)],
    ["a string", "x", "x"],
  ] as const) {
    it(`an answer that is nested as deeply as possible around ${what} arrives as it is`, () => {
      expect(crossed(innermost, MAX_DEPTH)).to.deep.equal(arrives);
    });
  }

  for (const [what, innermost] of [
    ["a function", () => 1],
    ["the methods of a slot", { enter: () => 1, exit: () => 1 }],
    ["an object", {}],
    ["undefined", [undefined]],
  ] as const) {
    it(`an answer with ${what} below the deepest level crosses as one that can't be carried`, () => {
      const levels = "enter" in innermost ? MAX_DEPTH - 1 : MAX_DEPTH;
      expect(crossed(innermost, levels)).to.deep.equal(new UncarriedValue("a list of 1 item", true));
    });
  }
});
