import { expect } from "chai";
import { BackgroundUpdates, ConfigError, Module, postConstruct, readModules, startModules } from "#src/index.js";
import { surveyModules } from "#src/survey-modules.js";
import { outcomeOf } from "../remote/served.js";

@Module()
class Forgotten {
  checkEventForSpam() {}
}

@Module()
class Starts {
  @postConstruct()
  start() {}
}

class Twice {
  first() {
    return { enter: () => 100, exit() {} };
  }
  second() {
    return { enter: () => 100, exit() {} };
  }
}
for (const method of ["first", "second"] as const) {
  BackgroundUpdates.onUpdate()(Twice.prototype, method, Object.getOwnPropertyDescriptor(Twice.prototype, method)!);
}
Module()(Twice);

describe("modules that have no effect", () => {
  it("a module without hook, web resource or @Every is a warning at start-up", async () => {
    const { problems } = await surveyModules({ modules: [{ module: Forgotten }, { module: Starts }] });
    expect(problems).to.deep.equal([
      {
        code: "LIGAND_MODULE_IDLE",
        severity: "warning",
        message: "module Forgotten has no hook, web resource or @Every method, so nothing calls it",
        remedy: "Decorate a method, such as with `@SpamChecker.checkEventForSpam()`; or remove the module.",
      },
    ]);
    expect(await readModules({ modules: [{ module: Forgotten }] })).to.have.lengthOf(1);
  });

  it("a second onUpdate in one module is refused", async () => {
    const { error } = (await outcomeOf(() => startModules({ modules: [{ module: Twice }] }))) as { error: ConfigError };
    expect(error).to.be.instanceOf(ConfigError);
    expect(error.problems.map(({ code, message }) => [code, message])).to.deep.equal([
      [
        "LIGAND_HOOK_SINGLE_OWNER",
        "BackgroundUpdates.onUpdate is registered by Twice.first of module Twice and by Twice.second of module Twice; expected one callback in all modules",
      ],
    ]);
  });
});
