import { expect } from "chai";
import fc from "fast-check";
import stringWidth from "string-width";
import { table } from "#src/cli/table.js";
import { wrap } from "#src/cli/wrap.js";
import { fixture, run } from "./captured-terminal.js";

/** One of each command and each of its outputs for people. */
const COMMANDS: readonly (readonly string[])[] = [
  ["--help"],
  ...["check", "explain", "hooks", "schema", "serve"].map((command) => [command, "--help"]),
  ["chek"],
  ["check"],
  ["check", fixture("wrong.yaml")],
  ["check", fixture("right.yaml")],
  ["check", fixture("hostile.yaml")],
  ["check", fixture("warned.yaml"), fixture("disabled.yaml")],
  ["explain", fixture("right.yaml")],
  ["explain", fixture("looking.yaml")],
  ["explain", fixture("wrong.yaml")],
  ["hooks"],
  ["hooks", "PasswordAuth"],
  ["hooks", "ThirdPartyRules"],
  ["hooks", "Nothing"],
  ["schema", fixture("wrong.yaml"), "--out", "/dev/null"],
  ["serve", fixture("wrong.yaml"), "--listen", "nowhere at all"],
];

/** Lines that are wider than a terminal, and have a place where they could have been broken. */
function tooWide(text: string, width: number): string[] {
  return text.split("\n").filter((line) => stringWidth(line) > width && line.trim().includes(" "));
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

describe("output for a terminal", () => {
  for (const columns of [40, 80, 132]) {
    for (const args of COMMANDS) {
      it(`\`ligand ${args.join(" ")}\` fits in ${columns} columns`, async () => {
        const { stdout, stderr } = await run(args, { isTTY: true, columns, env: { NO_COLOR: "1" } });
        expect(stdout + stderr).not.to.equal("");
        expect(tooWide(stdout + stderr, columns)).to.deep.equal([]);
      });
    }
  }

  it("output that goes to no terminal fits in what COLUMNS says", async () => {
    const { stdout } = await run(["hooks"], { env: { COLUMNS: "80" } });
    expect(tooWide(stdout, 80)).to.deep.equal([]);
  });

  it("output for a program isn't wrapped", async () => {
    const { stdout } = await run(["hooks"]);
    expect(tooWide(stdout, 80)).not.to.deep.equal([]);
  });
});

describe("wrap", () => {
  it("wrap continues below the text of an item, and keeps styles and what stands between words", () => {
    const text = "    → \u001B[1mChange the  value,\u001B[22m or leave `max_length` out\n      short";
    expect(wrap(text, 24)).to.equal(
      "    → \u001B[1mChange the  value,\u001B[22m\n      or leave\n      `max_length` out\n      short",
    );
  });

  it("law: wrap makes no line wider, except for a single long word, and keeps every word in its place", () => {
    const word = fc.stringMatching(/^[a-z]{1,30}$/);
    const text = fc
      .array(fc.tuple(fc.nat(30), fc.array(word, { maxLength: 12 })), { maxLength: 5 })
      .map((lines) => lines.map(([indent, words]) => " ".repeat(indent) + words.join(" ")).join("\n"));
    fc.assert(
      fc.property(text, fc.integer({ min: 20, max: 100 }), (given, width) => {
        const wrapped = wrap(given, width);
        expect(tooWide(wrapped, width)).to.deep.equal([]);
        expect(wordsOf(wrapped)).to.deep.equal(wordsOf(given));
      }),
    );
  });
});

describe("a table in a terminal", () => {
  const rows = [
    ["hook", "result", "on an error"],
    ["checkEventForSpam", "first denial", "the error reaches the operation"],
  ];

  it("a table in a terminal wraps its widest cells", () => {
    expect(table(rows, "  ", 50)).to.equal(
      "  hook               result        on an error\n" +
        "  checkEventForSpam  first denial  the error\n" +
        "                                   reaches the\n" +
        "                                   operation\n",
    );
  });

  it("a table without room for columns puts its first cells on lines of their own", () => {
    expect(table(rows, "  ", 30)).to.equal(
      "  hook\n    result; on an error\n  checkEventForSpam\n    first denial; the error reaches the operation\n",
    );
  });
});
