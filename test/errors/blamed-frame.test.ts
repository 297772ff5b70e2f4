import { expect } from "chai";
import { blamedFrame } from "#src/errors/error-place.js";
import { OWN_FOLDERS } from "#src/package.js";

/** A stack of frames, innermost first. */
function stackOf(...frames: readonly string[]): string {
  return frames.map((frame) => `    at ${frame}`).join("\n");
}

const CHAIN = `Chain.run (${OWN_FOLDERS[0]}dispatch/chain.js:120:20)`;
const HOMESERVER = "send (file:///srv/homeserver/main.js:10:1)";

describe("blamedFrame", () => {
  it("blamedFrame returns the innermost function of a module, with the place that runs", () => {
    const stack = stackOf(
      "RegExp.test (<anonymous>)",
      "spin (file:///modules/words.js:41:3)",
      "Words.check (file:///modules/words.js:12:5)",
      CHAIN,
      HOMESERVER,
    );
    expect(blamedFrame(stack)).to.deep.equal({ function: "spin", place: "/modules/words.js:41:3" });
  });

  it("blamedFrame prefers a module's own file to a package that it uses, and looks no further than Ligand, which called it", () => {
    const packaged = "parse (/srv/node_modules/parser/index.js:7:1)";
    expect(blamedFrame(stackOf(packaged, "Words.check (/modules/words.js:12:5)", CHAIN))).to.deep.equal({
      function: "Words.check",
      place: "/modules/words.js:12:5",
    });
    expect(blamedFrame(stackOf(packaged, CHAIN, HOMESERVER))).to.deep.equal({
      function: "parse",
      place: "/srv/node_modules/parser/index.js:7:1",
    });
  });

  it("blamedFrame passes over Ligand where Ligand itself was called, and code outside of functions has no name", () => {
    expect(blamedFrame(stackOf(CHAIN, "file:///srv/homeserver/main.js:10:1"))).to.deep.equal({
      place: "/srv/homeserver/main.js:10:1",
    });
  });

  it("blamedFrame returns nothing for a stack of Node and Ligand alone", () => {
    expect(blamedFrame(stackOf("listOnTimeout (node:internal/timers:581:17)", CHAIN))).to.equal(undefined);
  });
});
