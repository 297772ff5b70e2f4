import { expect } from "chai";
import { githubProblems } from "#src/cli/problem-formats.js";

describe("githubProblems", () => {
  it("githubProblems escapes what would end a property or a line, and lists causes", () => {
    const problem = {
      code: "LIGAND_CONFIG_REJECTED",
      message: "100% wrong\r\nin two lines",
      remedy: "Follow it.",
      position: { file: "a,b:c.yaml", line: 1, column: 2 },
      cause: new Error("first", { cause: "second" }),
    } as const;
    expect(githubProblems([problem])).to.equal(
      "::error file=a%2Cb%3Ac.yaml,line=1,col=2,title=LIGAND_CONFIG_REJECTED::100%25 wrong%0D%0Ain two lines" +
        "%0Acaused by: first%0Acaused by: second%0AFollow it.\n",
    );
  });

  it("githubProblems annotates no line for a problem without a place", () => {
    const problem = { code: "LIGAND_CONFIG_UNREADABLE", message: "gone", remedy: "Look." } as const;
    expect(githubProblems([problem])).to.equal("::error title=LIGAND_CONFIG_UNREADABLE::gone%0ALook.\n");
  });
});
