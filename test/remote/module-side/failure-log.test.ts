import { expect } from "chai";
import { StartError } from "#src/errors/start-error.js";
import { FailureLog } from "#src/remote/module-side/failure-log.js";
import { captureLogs } from "#src/testing/captured-logs.js";

describe("the log of what fails again and again", () => {
  it("the log of what fails again and again has the stack of an error whose causes lead back to it", () => {
    const outer = new TypeError("outer");
    outer.cause = new RangeError("inner", { cause: outer });
    const { logger, records } = captureLogs({ all: true });
    const problem = { code: "LIGAND_MODULE_START_FAILED", message: "module A failed", remedy: "Repair it." } as const;
    new FailureLog(logger, "the modules didn't start").failed(new StartError([{ ...problem, cause: outer }]));
    expect(records.map(({ level, stack }) => [level, String(stack).split("\n")[0]])).to.deep.equal([
      ["error", "RangeError: inner"],
    ]);
  });
});
