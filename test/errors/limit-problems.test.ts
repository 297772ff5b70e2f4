import { expect } from "chai";
import { limitProblems, MOST_PROBLEMS } from "#src/errors/limit-problems.js";
import { problemOf } from "#src/errors/problem.js";

describe("the limit of problems", () => {
  const warning = problemOf("LIGAND_CONFIG_UNUSED", "unused", { severity: "warning" });
  const error = problemOf("LIGAND_CONFIG_TYPE", "wrong");

  it("limitProblems keeps all problems up to the limit", () => {
    const problems = Array(MOST_PROBLEMS).fill(error);
    expect(limitProblems(problems)).to.equal(problems);
  });

  it("limitProblems says how many more there are", () => {
    const limited = limitProblems(Array(150_000).fill(error));
    expect(limited).to.have.lengthOf(MOST_PROBLEMS + 1);
    expect(limited.at(-1)).to.deep.equal({
      code: "LIGAND_CONFIG_TYPE",
      message: `and ${150_000 - MOST_PROBLEMS} more problems`,
      remedy: "Correct the problems before this one first.",
    });
  });

  it("limitProblems keeps an error that comes after many warnings", () => {
    const [first, more] = limitProblems([...Array(1000).fill(warning), error]);
    expect(first).to.equal(error);
    expect(more?.message).to.equal("and 1000 more problems");
  });
});
