import { expect } from "chai";
import { table } from "#src/cli/table.js";

describe("table", () => {
  it("table makes each column as wide as its widest cell appears on a terminal", () => {
    const rows = [
      ["a", "\u001B[1mbold\u001B[22m", "end"],
      ["猫猫", "b"],
      ["", "", "x"],
    ];
    expect(table(rows, "  ")).to.equal("  a     \u001B[1mbold\u001B[22m  end\n  猫猫  b\n              x\n");
  });

  it("table is empty without rows", () => {
    expect(table([])).to.equal("");
  });
});
