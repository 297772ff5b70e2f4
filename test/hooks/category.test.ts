import { category } from "#src/hooks/category.js";
import { expect } from "chai";
import { propagate } from "#src/hooks/failure-policy.js";
import { hook } from "#src/hooks/hook.js";
import { nothing } from "#src/hooks/legal-answers.js";
import { runAll } from "#src/hooks/strategies.js";
import { refusalOf } from "../refusal-of.js";

const value = { name: "value", summary: "a value" };

describe("category", () => {
  it("category refuses a hook of more than five parameters", () => {
    const declare = () =>
      category({
        name: "Probe",
        summary: "Hooks of tests.",
        since: "1.0.0",
        hooks: {
          told: hook<[a: number, b: number, c: number, d: number, e: number, f: number], void, void>({
            summary: "Called by tests.",
            since: "1.0.0",
            parameters: [value, value, value, value, value, value],
            answers: nothing(runAll()),
            failure: propagate,
            refusal: null,
            shield: false,
          }),
        },
      });
    expect(refusalOf(declare)).to.deep.equal({
      code: "LIGAND_ARGUMENT_INVALID",
      message: "the hook Probe.told has 6 parameters; expected at most 5",
      remedy: "Combine related parameters into one object.",
    });
  });
});
