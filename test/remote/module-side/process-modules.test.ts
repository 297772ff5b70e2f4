import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { ProcessModules } from "#src/remote/module-side/process-modules.js";
import { createLogger } from "#src/logging/create-logger.js";

const directory = fileURLToPath(new URL("../../../../test/fixtures/modules/", import.meta.url));

describe("ProcessModules", () => {
  it("a process of modules gives up the check of a config after the time that its host allows", async () => {
    const entry = { specifier: "./never-checked.mjs", directory, config: {}, path: "modules[0]" };
    const settings = { entries: [entry], loadTimeoutMs: 10_000, stopTimeoutMs: 1000, logLevel: "info" as const };
    const modules = new ProcessModules(settings, createLogger(), undefined);
    const names = (await modules.find()).map(({ name }) => name);
    // The import may take long on a busy machine, and the check never ends.
    Object.assign(settings, { loadTimeoutMs: 20 });
    const { descriptions, problems } = await modules.describe([{ id: "Waiting", name: "Waiting" }]);
    expect([names, descriptions, problems.map(({ code, message }) => [code, message])]).to.deep.equal([
      [{ requested: "Waiting", class: "Waiting" }],
      [null],
      [["LIGAND_MODULE_START_TIMEOUT", "the config wasn't checked within 20 ms"]],
    ]);
  });
});
