import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { ConfigError, StartError } from "#src/errors/start-error.js";
import type { RpcError } from "#src/remote/wire/json-rpc.js";
import { decodeError, encodeError } from "#src/remote/wire/wire-errors.js";

describe("errors that cross to another process", () => {
  const unknownTable = () =>
    new LigandError("LIGAND_ARGUMENT_INVALID", "no table", { cause: new TypeError("x is not y") });

  for (const Kind of [StartError, ConfigError]) {
    it(`errors that cross to another process of start-up read there as they do here, with the codes and the places of their causes: ${Kind.name}`, () => {
      const error = new Kind([
        {
          code: "LIGAND_MODULE_START_FAILED",
          message: "module A failed in its @postConstruct method",
          remedy: "Repair it.",
          position: { file: "modules.yaml", line: 2, column: 5 },
          cause: unknownTable(),
        },
        { code: "LIGAND_MODULE_SERVICE_MISSING", message: "module B lacks the service Users", remedy: "Bind it." },
      ]);
      expect(error.message).to.match(
        /\n +caused by: no table \[LIGAND_ARGUMENT_INVALID\] \(at .+wire-errors\.test\.[jt]s:\d+:\d+\)\n +caused by: x is not y\n/,
      );
      const arrived = decodeError(encodeError(error), "the modules");
      expect(arrived).to.be.instanceOf(Kind);
      expect(arrived.message).to.equal(error.message);
      const [problem] = (arrived as StartError).problems;
      expect(problem!.cause).to.be.instanceOf(Error).with.property("name", "ReportedCause");
    });
  }

  it("errors that cross to another process are errors there even if nothing in them is as it should be", () => {
    const unprintable = { toString: 1, valueOf: 1 };
    const nonsense = ["matrix", "ligand", "cancelled", "other"].flatMap((kind) => [
      { code: 1, message: "no", data: { kind } },
      { code: 1, message: unprintable, data: { kind, code: unprintable, name: unprintable, problems: [null] } },
    ]);
    for (const error of [...nonsense, {}, { message: "no", data: null }]) {
      const arrived = decodeError(error as unknown as RpcError, "the modules");
      expect(arrived, JSON.stringify(error)).to.be.instanceOf(Error);
    }
    const [, torn] = nonsense;
    const { code, message } = decodeError(torn as unknown as RpcError, "the modules") as LigandError;
    expect([code, message]).to.deep.equal(["LIGAND_REMOTE_PROTOCOL", "the modules: an error without a message"]);
  });
});
