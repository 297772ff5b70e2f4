import { Readable } from "node:stream";
import { expect } from "chai";
import { readBoundedLines, type BoundedLine } from "#src/remote/homeserver-side/bounded-lines.js";

async function linesOf(...chunks: readonly string[]): Promise<BoundedLine[]> {
  const lines: BoundedLine[] = [];
  const output = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  readBoundedLines(output, (line) => lines.push(line));
  await new Promise((resolve) => output.once("close", resolve));
  return lines;
}

describe("reading lines of an output", () => {
  it("boundedLines returns each line whole, however it was written, and what follows the last line feed", async () => {
    expect(await linesOf("one\ntw", "o\r\n\nthree")).to.deep.equal([
      { text: "one", leftOut: 0 },
      { text: "two", leftOut: 0 },
      { text: "", leftOut: 0 },
      { text: "three", leftOut: 0 },
    ]);
  });

  it("boundedLines cuts a line at 64 KiB, and a character there whole", async () => {
    expect(await linesOf(`x${"é".repeat(30_000)}`, `${"é".repeat(10_000)}\nnext\n`)).to.deep.equal([
      { text: `x${"é".repeat(32_767)}`, leftOut: 14_465 },
      { text: "next", leftOut: 0 },
    ]);
  });
});
