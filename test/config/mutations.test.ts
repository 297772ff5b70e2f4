import fc from "fast-check";
import { checkMistaken, mistaken } from "./mutations.js";

describe("configurations with any mistakes", function () {
  this.timeout(120_000);

  it("have problems that can be read, each inside its file", async () => {
    await fc.assert(fc.asyncProperty(mistaken, checkMistaken), { numRuns: 500 });
  });
});
