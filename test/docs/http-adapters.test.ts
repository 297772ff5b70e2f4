import { readFileSync } from "node:fs";
import { expect } from "chai";

/** The part of a file in `test/web/` that people copy. */
function recipeOf(file: string): string {
  const [, recipe] = /^\/\/ #region recipe\n(.*)^\/\/ #endregion recipe$/ms.exec(
    readFileSync(`test/web/${file}`, "utf8"),
  )!;
  return recipe!;
}

describe("docs/http-adapters.md", () => {
  const page = readFileSync("docs/http-adapters.md", "utf8");

  for (const file of ["context-of.ts", "node-http.test.ts", "express.test.ts", "fastify.test.ts"]) {
    it(`http-adapters.md shows the recipe that test/web/${file} tests`, () => {
      expect(page).to.contain(recipeOf(file));
    });
  }
});
