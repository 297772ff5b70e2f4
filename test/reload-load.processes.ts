import { expect } from "chai";
import { reloadUnderLoad } from "./reload-under-load.js";

describe("1,000 reloads under load", () => {
  it("each of 2,000 dispatches a second sees one revision, and each replaced instance is collected", async () => {
    const load = await reloadUnderLoad(1000, 2000);
    expect(load.dispatches).to.be.above(1000);
    expect(load).to.deep.equal({
      dispatches: load.dispatches,
      torn: 0,
      revision: 1000,
      instances: 3000,
      alive: 3,
      ticks: 3 * 1000,
      seconds: 1000,
    });
  }).timeout(180_000);
});
