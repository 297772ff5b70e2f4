import { readFileSync } from "node:fs";
import { expect } from "chai";
import { SESSION_CODES } from "#src/matrix/session-codes.js";
import { ALL_CELLS, commit, HANGING_CELLS, HOSTS, LATER_CELLS, sampleOf } from "./cells.js";
import { ANSWERS, KILLING, THROWN } from "./faults.js";
import { testCells } from "./matrix.js";

const SAMPLE = 200;

describe("the matrix of faults, as this commit draws it", () => {
  testCells(
    sampleOf(ALL_CELLS, SAMPLE, commit()),
    sampleOf(HANGING_CELLS, 10, commit()),
    sampleOf(LATER_CELLS, 60, commit()),
  );

  it("what nothing contains in the homeserver's own process is written down", () => {
    const rows = readFileSync("docs/when-things-fail.md", "utf8")
      .split("\n")
      .map((row) => row.split(/ *\| */).slice(1, 3));
    for (const { what, inProcess } of Object.values(KILLING)) expect(rows).to.deep.include([what, inProcess]);
  });

  it("the codes on which clients end the session are written down", () => {
    const page = readFileSync("docs/when-things-fail.md", "utf8");
    expect(SESSION_CODES.filter((code) => !page.includes(`\`${code}\``))).to.deep.equal([]);
  });

  it("a sample has each fault and each host", () => {
    const sample = sampleOf(ALL_CELLS, SAMPLE, "any commit");
    expect(sample).to.have.lengthOf(SAMPLE);
    expect(new Set(sample.map(({ host }) => host))).to.deep.equal(new Set(HOSTS));
    const faults = new Set(sample.map(({ fault }) => fault));
    expect([...Object.keys(THROWN), ...Object.keys(ANSWERS)].filter((fault) => !faults.has(fault))).to.deep.equal([]);
  });
});
