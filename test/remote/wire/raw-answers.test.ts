import { expect } from "chai";
import { encodeAnswer } from "#src/remote/wire/raw-answers.js";
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
});
