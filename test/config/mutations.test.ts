import { mistakeConfigurations } from "./mistake-configurations-process.js";

describe("configurations with any mistakes", function () {
  this.timeout(120_000);

  it("configurations with any mistakes have problems that can be read, each inside its file", () =>
    mistakeConfigurations(500));
});
