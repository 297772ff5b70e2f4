import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";

/** Words that are never right in what people read, and what to write instead. */
const WORDS: Readonly<Record<string, string>> = {
  somebody: "the actor: the client, the caller, an operator",
  nobody: "the actor, and what it doesn't do",
  "the reference": "Synapse",
  "is told": "is notified, receives",
  "are told": "are notified, receive",
  "hears of": "is notified of, receives",
  "at once": "immediately, synchronously, all together",
  "a text": "a string",
  whoever: "the actor: the client, the caller, an operator",
  "for ever": "forever, or that there is no limit",
};

const READ = /\.(?:md|tsx?|mjs|js|cjs|py)$/;
const UNREAD = /^(?:etc|node_modules)\//;

interface Finding {
  readonly file: string;
  readonly words: readonly string[];
}

/**
 * The words that are never right, whether or not a line ends within them. What Markdown quotes as code is checked where it
 * comes from.
 */
function wordsIn(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return wordsOf(file.endsWith(".md") ? text.replaceAll(/`[^`\n]*`/g, "") : text);
}

function wordsOf(text: string): string[] {
  // Ids and names in quotes are data: `@nobody:example.org`, `"nobody"`, `NOBODY`.
  const prose = text
    .replaceAll(/["'`@-]nobody(?=["'`:])|\bNOBODY\b/g, "")
    .replaceAll(/\s*\n\s*(?:\*|\/\/|#|>)?\s*/g, " ");
  const any = new RegExp(`\\b(?:${Object.keys(WORDS).join("|")})\\b`, "gi");
  return Array.from(prose.matchAll(any), ([word]) => word.toLowerCase());
}

describe("the words of what people read", () => {
  const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" })
    .split("\0")
    // This file has them all.
    .filter((file) => READ.test(file) && !UNREAD.test(file) && file !== "test/docs/words.test.ts");
  const findings: readonly Finding[] = files
    .map((file) => ({ file, words: wordsIn(file) }))
    .filter(({ words }) => words.length > 0);

  it("prose, comments and strings have none of the words that are never right", () => {
    const wrong = findings.flatMap(({ file, words }) =>
      words.map((word) => `${file}: "${word}"; write ${WORDS[word]}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it("wordsOf finds a word at the start of a sentence, and one that a line break divides", () => {
    expect(wordsOf("Nobody asks.\n   * All answer at\n   * once; // a texture")).to.deep.equal(["nobody", "at once"]);
  });

  it("wordsOf allows nobody as an id or a name in quotes", () => {
    expect(wordsOf('NOBODY = "@nobody:example.org"; login("nobody", "nobody cares")')).to.deep.equal(["nobody"]);
  });
});
