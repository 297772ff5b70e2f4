import { readFileSync } from "node:fs";
import { expect } from "chai";
import { readModules } from "#src/index.js";
import { readConfigurationText } from "#src/config/read-configuration.js";

const BLOCKS = ["docs/operating.md", "docs/configuration.md"]
  .flatMap((page) =>
    Array.from(readFileSync(page, "utf8").matchAll(/^```yaml\n(.*?)^```$/gms), ([, yaml]) => ({ page, yaml: yaml! })),
  )
  .filter(({ yaml }) => /^modules:/m.test(yaml) && yaml.includes("operate:"));

describe("the configurations that the pages on operating modules show", () => {
  it("docs/operating.md shows at least five configurations", () => {
    expect(BLOCKS.filter(({ page }) => page === "docs/operating.md")).to.have.length.of.at.least(5);
  });

  for (const [index, { page, yaml }] of BLOCKS.entries()) {
    it(`${page}: configuration ${index + 1} is read without a problem`, async () => {
      const { value, problems } = await readConfigurationText(yaml, page);
      expect(problems.map(({ message }) => message)).to.deep.equal([]);
      expect(value?.map(({ operate }) => operate)).not.to.include(undefined);
    });
  }

  it("the configuration of `npm run operate:demo` has no mistakes", async () => {
    const modules = await readModules({ configFile: "examples/operating/homeserver.yaml" });
    expect(modules.map(({ info }) => info.id)).to.deep.equal([
      "SlowList",
      "BusyPatterns",
      "CrashProne",
      "StaffDirectory",
      "NoSwearing",
      "NoLinks",
    ]);
  });
});
