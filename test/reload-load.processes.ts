import { expectWholeReloads } from "./reload-under-load.js";

describe("1,000 reloads under load", () => {
  it("each of 2,000 dispatches a second sees one revision, and each replaced instance is collected", () =>
    expectWholeReloads(1000, 2000)).timeout(180_000);
});
