import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { ERRORS } from "#src/errors/catalogue.js";

describe("the error catalogue", () => {
  it("the error catalogue has no code that nothing raises", () => {
    const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && path !== "errors/catalogue.ts")
      .map((path) => readFileSync(`src/${path}`, "utf8"))
      .join("\n")
      // A docstring that names a code raises nothing.
      .replaceAll(/^\s*(?:\/\*)?\*.*$/gm, "");
    const unused = Object.keys(ERRORS).filter((code) => !sources.includes(`"${code}"`));
    expect(unused, "raise these codes, or remove them from src/errors/catalogue.ts").to.deep.equal([]);
  });

  it("the error catalogue says of each code in a sentence what went wrong, and in another what to do", () => {
    for (const { summary, remedy } of Object.values(ERRORS)) {
      expect(summary).to.match(/^[A-Z].*\.$/);
      expect(remedy).to.match(/^[A-Z].*\.$/);
    }
  });
});
