import { expect } from "chai";
import fc from "fast-check";
import { glob } from "#src/config/operate/glob.js";
import { CASES } from "./matcher-cases.js";

/** What a pattern means, as briefly as it can be said. It takes exponential time. */
function means([wanted, ...patterns]: readonly string[], text: readonly string[]): boolean {
  if (wanted === undefined) return text.length === 0;
  if (wanted === "*") return means(patterns, text) || (text.length > 0 && means([wanted, ...patterns], text.slice(1)));
  return text.length > 0 && (wanted === "?" || wanted === text[0]) && means(patterns, text.slice(1));
}

describe("patterns", () => {
  for (const { pattern, text, matches } of CASES.globs) {
    it(`the pattern ${shown(pattern)} ${matches ? "matches" : "doesn't match"} ${shown(text)}`, () => {
      expect(glob(pattern)(text)).to.equal(matches);
    });
  }

  it("a pattern matches what its definition says, whatever the pattern and the string", () => {
    const characters = fc.array(fc.constantFrom("a", "b", "*", "?", "😀"), { maxLength: 8 });
    fc.assert(
      fc.property(characters, characters, (pattern, text) => {
        expect(glob(pattern.join(""))(text.join(""))).to.equal(means(pattern, text));
      }),
    );
  });
});

function shown(text: string): string {
  return JSON.stringify(text.length > 30 ? `${text.slice(0, 30)}…` : text);
}
