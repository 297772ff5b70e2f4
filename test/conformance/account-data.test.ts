import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { startCategory } from "../dispatch/start-category.js";

describe("conformance: account data", () => {
  it("case 273: onAccountDataUpdated logs an error and notifies the next module", () => {
    const { hooks, asked, lines } = startCategory(CATALOGUE.accountData, {
      a: {
        onAccountDataUpdated: () => {
          throw new Error("boom");
        },
      },
      b: { onAccountDataUpdated: () => undefined },
    });
    expect(hooks.onAccountDataUpdated("@alice:example.org", null, "m.direct", {})).to.equal(undefined);
    expect(asked).to.deep.equal(["a", "b"]);
    expect(lines()).to.deep.equal([
      {
        level: "error",
        module: "a",
        hook: "AccountData.onAccountDataUpdated",
        callback: "a.onAccountDataUpdated",
        message: "callback a.onAccountDataUpdated of module a on AccountData.onAccountDataUpdated failed: boom",
        stack: "Error: boom",
      },
    ]);
  });
});
