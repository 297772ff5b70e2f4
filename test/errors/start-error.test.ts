import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ConfigError } from "#src/index.js";

const index = new URL("../../../dist/index.js", import.meta.url).href;

describe("StartError", () => {
  it("a ConfigError that nothing catches prints each problem once, and neither the list nor its causes", () => {
    const folder = mkdtempSync(join(tmpdir(), "ligand-uncaught-"));
    try {
      const file = join(folder, "homeserver.yaml");
      writeFileSync(file, "modules:\n  - module: ./nothing.js\n");
      const program = `
        import { startModules } from ${JSON.stringify(index)};
        await startModules({ configFile: ${JSON.stringify(file)} });`;
      const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
        encoding: "utf8",
      });
      expect(status).to.equal(1);
      const lines = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("    at "));
      const start = lines.findIndex((line) => line.startsWith("ConfigError: "));
      const shown = lines.slice(start).map((line) => line.replaceAll(folder, "…"));
      expect(shown.filter((line) => line.includes("LIGAND_")).map((line) => line.trim())).to.deep.equal([
        "…/homeserver.yaml:2:13 modules[0].module: `./nothing.js` doesn't exist (looked for …/nothing.js) [LIGAND_MODULE_NOT_FOUND]",
        "code: 'LIGAND_START_FAILED',",
      ]);
      expect(shown).to.have.length.below(15);
      expect(stderr).not.to.match(/problems: \[|position:/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("problems of a StartError are there to read, though nothing lists them", () => {
    const problems = [{ code: "LIGAND_START_FAILED", message: "no tea", remedy: "Brew some." }] as const;
    const error = new ConfigError(problems);
    expect(error.problems).to.equal(problems);
    expect(Object.keys(error)).not.to.include("problems");
  });
});
