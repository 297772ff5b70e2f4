import { ALL_CELLS, HANGING_CELLS, LATER_CELLS } from "./cells.js";
import { testCells } from "./matrix.js";

describe("the whole matrix of faults", function () {
  this.timeout(600_000);

  testCells(ALL_CELLS, HANGING_CELLS, LATER_CELLS);
});
