import { expect } from "chai";
import { Allow, ValidateBy } from "class-validator";
import type { Newable } from "inversify";
import { Module } from "#src/index.js";
import { loadModules } from "#src/modules/load-modules.js";

/** Whatever code of a config does, `loadModules` reports it and goes on to the next module. */
const CONFIGS: Readonly<Record<string, readonly [Config: Newable<object>, said: string]>> = {
  "a constructor that throws what can't be read": [
    configOf(
      class {
        constructor() {
          throw Object.create(null);
        }
      },
    ),
    "modules[0].config: the config class `Config` failed on this config",
  ],
  "a rule that never settles": [
    ruledBy(() => new Promise<boolean>(() => undefined)),
    "modules[0].config: the config wasn't checked within 50 ms",
  ],
  "a rule that rejects with what can't be read": [
    ruledBy(() => Promise.reject(Object.create(null) as Error)),
    "modules[0].config: the config class `Config` failed on this config",
  ],
  "a `validate()` that never settles": [
    configOf(
      class {
        limit = 1;
        validate() {
          return new Promise<void>(() => undefined);
        }
      },
    ),
    "modules[0].config: the config wasn't checked within 50 ms",
  ],
};

function configOf(Class: Newable<object>): Newable<object> {
  Object.defineProperty(Class, "name", { value: "Config" });
  Allow()(Class.prototype as object, "limit");
  return Class;
}

function ruledBy(validate: () => Promise<boolean>): Newable<object> {
  const Class = configOf(
    class {
      limit = 1;
    },
  );
  ValidateBy({ name: "odd", async: true, validator: { validate } })(Class.prototype as object, "limit");
  return Class;
}

function moduleWith(config: Newable<object>): Newable<object> {
  class Odd {}
  Module({ config })(Odd);
  return Odd;
}

describe("code of configs that fails", () => {
  it("a config of the program that can't be read is reported, and the next module is checked", async () => {
    const config = {
      get limit(): number {
        throw Object.create(null);
      },
    };
    const Config = configOf(class {});
    const { problems } = await loadModules([{ module: moduleWith(Config), config }, { module: class NotAModule {} }]);
    expect(problems.map(({ path, code }) => [path, code])).to.have.deep.members([
      ["modules[0].config", "LIGAND_CONFIG_REJECTED"],
      ["modules[1].module", "LIGAND_MODULE_NOT_A_MODULE"],
    ]);
  });

  for (const [what, [Config, said]] of Object.entries(CONFIGS)) {
    it(`${what} is reported, and the next module is checked`, async () => {
      const { problems } = await loadModules(
        [{ module: moduleWith(Config), config: { limit: 2 } }, { module: class NotAModule {} }],
        { budgetMs: 50 },
      );
      expect(problems.map(({ path, message }) => `${path}: ${message}`)).to.have.members([
        said,
        "modules[1].module: `NotAModule` is a class or function without `@Module`; it must be a class decorated with `@Module`",
      ]);
    });
  }
});
