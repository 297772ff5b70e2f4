import { expect } from "chai";
import { reloadUnderLoad } from "./reload-under-load.js";

describe("reloads under load", () => {
  it("each dispatch sees one revision, each replaced instance is collected, and no call of @Every is doubled or left out", async () => {
    const load = await reloadUnderLoad(40, 500);
    expect(load.dispatches).to.be.above(40);
    expect(load).to.deep.equal({
      dispatches: load.dispatches,
      torn: 0,
      revision: 40,
      instances: 120,
      alive: 3,
      ticks: 3 * 40,
      seconds: 40,
    });
  });
});
