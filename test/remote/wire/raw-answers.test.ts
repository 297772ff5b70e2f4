import { expect } from "chai";
import { UncarriedValue } from "#src/errors/describe.js";
import { decodeAnswer, encodeAnswer } from "#src/remote/wire/raw-answers.js";
import { MAX_DEPTH } from "#src/remote/wire/wire.js";
import type { Handles } from "#src/remote/wire/wire-forms.js";
import { ANSWERS } from "../../faults/faults.js";

describe("answers that cross as they are", () => {
  it("an answer that is small in memory and endless when it's written out crosses as one that can't be carried", () => {
    expect(encodeAnswer(ANSWERS["doubling"]!(), undefined as unknown as Handles)).to.deep.equal({
      $: "uncarried",
      what: "an object",
      isTruthy: true,
    });
  });

  /** What an answer is on the other side: the value within as many lists as that many levels, or what stands for all. */
  function crossed(innermost: unknown, levels: number): unknown {
    let nested = innermost;
    for (let level = 0; level < levels; level++) nested = [nested];
    const handles = { keep: () => 1, use: () => "a function" } as unknown as Handles;
    let arrived = decodeAnswer(encodeAnswer(nested, handles), handles);
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
