import { mistakeConfigurations } from "../config/mistake-configurations-process.js";

describe("10,000 configurations with any mistakes", function () {
  this.timeout(1_200_000);

  it("10,000 configurations with any mistakes have problems that can be read, each inside its file", () =>
    mistakeConfigurations(10_000));
});
