import { expect } from "chai";
import { withCurrentCall } from "#src/remote/module-side/current-call.js";
import { captureLogs } from "#src/testing/captured-logs.js";

describe("a logger whose lines have the current call", () => {
  it("a logger whose lines have the current call stays as it is when it is given the call again", () => {
    const logger = withCurrentCall(captureLogs().logger);
    expect(withCurrentCall(logger)).to.equal(logger);
  });
});
