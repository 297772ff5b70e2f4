import fc from "fast-check";
import { checkMistaken, mistaken } from "../config/mutations.js";

describe("10,000 configurations with any mistakes", function () {
  this.timeout(1_200_000);

  it("have problems that can be read, each inside its file", async () => {
    await fc.assert(fc.asyncProperty(mistaken, checkMistaken), { numRuns: 10_000 });
  });
});
