import { expectWholeReloads } from "./reload-under-load.js";

describe("reloads under load", () => {
  it("each dispatch sees one revision, each replaced instance is collected, and no call of @Every is doubled or left out", () =>
    expectWholeReloads(40, 500));
});
