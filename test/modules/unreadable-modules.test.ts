import { expect } from "chai";
import { loadModules } from "#src/modules/load-modules.js";
import type { ModuleEntry } from "#src/config/module-entry.js";

const entry = (specifier: string, index: number): ModuleEntry => ({
  specifier,
  config: {},
  enabled: true,
  index,
  directory: "test/fixtures/modules",
  locate: () => undefined,
});

describe("loadModules", () => {
  it("loadModules reports modules that throw or export what can't be read, beside everything else that is wrong", async () => {
    const specifiers = [
      "./throws-unreadable.mjs",
      "./unreadable-export.mjs#Object",
      "./unreadable-export.mjs#Class",
      "./absent.mjs",
      "./evil-users.mjs#EvilUsers",
    ];
    const { value, problems } = await loadModules(specifiers.map(entry));
    expect(value?.map(({ info }) => info.id)).to.deep.equal(["EvilUsers"]);
    expect(problems.slice(0, 3).map(({ code, message }) => [code, message.split(":")[0]])).to.deep.equal([
      ["LIGAND_MODULE_IMPORT_FAILED", "`./throws-unreadable.mjs` failed during its import"],
      [
        "LIGAND_MODULE_NOT_A_MODULE",
        "`./unreadable-export.mjs#Object` is an object that can't be read; it must be a class decorated with `@Module`",
      ],
      [
        "LIGAND_MODULE_NOT_A_MODULE",
        "`./unreadable-export.mjs#Class` is a class or function without `@Module`; it must be a class decorated with `@Module`",
      ],
    ]);
    expect(problems.slice(3).map(({ code }) => code)).to.deep.equal(["LIGAND_MODULE_NOT_FOUND"]);
  });
});
