import { expect } from "chai";
import { ALL_CELLS, commit, HANGING_CELLS, HOSTS, sampleOf } from "./cells.js";
import { ANSWERS, THROWN } from "./faults.js";
import { testCells } from "./matrix.js";

const SAMPLE = 200;

describe("the matrix of faults, as this commit draws it", function () {
  this.timeout(60_000);

  testCells(sampleOf(ALL_CELLS, SAMPLE, commit()), sampleOf(HANGING_CELLS, 10, commit()));

  it("a sample has each fault and each host", () => {
    const sample = sampleOf(ALL_CELLS, SAMPLE, "any commit");
    expect(sample).to.have.lengthOf(SAMPLE);
    expect(new Set(sample.map(({ host }) => host))).to.deep.equal(new Set(HOSTS));
    const faults = new Set(sample.map(({ fault }) => fault));
    expect([...Object.keys(THROWN), ...Object.keys(ANSWERS)].filter((fault) => !faults.has(fault))).to.deep.equal([]);
  });
});
