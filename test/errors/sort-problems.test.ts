import { expect } from "chai";
import { sortProblems, type Problem } from "#src/errors/problem.js";

describe("the order of problems", () => {
  const at = (message: string, file?: string, line = 1, column = 1): Problem => ({
    code: "LIGAND_CONFIG_TYPE",
    message,
    remedy: "",
    ...(file !== undefined && { position: { file, line, column } }),
  });

  it("the order of problems is source order, file by file, those without a position first, and stable", () => {
    const problems = [
      at("b2", "b", 2),
      at("a10", "a", 10, 1),
      at("b1:9", "b", 1, 9),
      at("nowhere 1"),
      at("a9", "a", 9, 5),
      at("b1:9 again", "b", 1, 9),
      at("nowhere 2"),
    ];
    expect(sortProblems(problems).map(({ message }) => message)).to.deep.equal([
      "nowhere 1",
      "nowhere 2",
      "b1:9",
      "b1:9 again",
      "b2",
      "a9",
      "a10",
    ]);
  });
});
