import { expect } from "chai";
import { mistakeConfigurations } from "./mistake-configurations-process.js";

describe("configurations with any mistakes", () => {
  it("configurations with any mistakes have problems that can be read, each inside its file", () =>
    mistakeConfigurations(500));

  it("a configuration that hangs fails, with its text and the seed that makes it again", async () => {
    const { stderr } = await mistakeConfigurations(10, 100, 3).then(
      () => ({ stderr: "nothing failed" }),
      (error: { readonly stderr: string }) => error,
    );
    expect(stderr).to.match(/^case 4 has used more than 100 ms of CPU time \(fast-check's seed \d+\):\n[^]+/);
  });
});
