import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { ERRORS } from "#src/errors/catalogue.js";

interface Generator {
  readonly PAGES: Record<string, unknown>;
  generatePage(path: string): Promise<string>;
  readPage(path: string): Promise<string>;
}

const { PAGES, generatePage, readPage } = (await import(pathToFileURL("scripts/generate-docs.mjs").href)) as Generator;

describe("the generated documentation", () => {
  for (const path of Object.keys(PAGES)) {
    it(`${path} says what the code says`, async () => {
      const isFresh = (await readPage(path)) === (await generatePage(path));
      expect(isFresh, `${path} is stale: run \`npm run docs:generate\` and commit what changes`).to.equal(true);
    });
  }

  it("the generated documentation has a section for every hook", () => {
    const [, page] = readFileSync("docs/hooks.md", "utf8").split("\n## Categories\n");
    const headings = page?.match(/^### \w+$/gm);
    const hooks = Object.values(CATALOGUE).flatMap((category) => Object.keys(category.hooks));
    expect(headings).to.deep.equal(hooks.map((hook) => `### ${hook}`));
  });

  it("the generated documentation has a row for every error code, which can be linked to", () => {
    const page = readFileSync("docs/errors.md", "utf8");
    const anchors = Array.from(page.matchAll(/<a id="(\w+)"><\/a>`(\w+)`/g), ([, id, code]) => [id, code]);
    const expected = Object.keys(ERRORS).map((code) => [code.toLowerCase(), code]);
    expect(anchors).to.have.deep.members(expected);
  });
});
