import { expect } from "chai";
import { inject } from "inversify";
import { LigandError } from "#src/errors/ligand-error.js";
import { StartError } from "#src/errors/start-error.js";
import { Module } from "#src/modules/module.js";
import { ModuleConfig, ModuleInfo } from "#src/modules/tokens.js";
import { bindService, ConfiguredServer, Server } from "#src/index.js";
import { startModules } from "#src/start.js";
import { captureLogs } from "#src/testing/captured-logs.js";

class Settings {
  label = "default";
}

/** What modules were constructed with, in the order in which they were. */
let constructed: { readonly id: string; readonly label: string; readonly server: Server }[] = [];

@Module({ config: Settings })
class Noted {
  constructor(
    @inject(ModuleInfo) { id }: ModuleInfo,
    @inject(ModuleConfig) { label }: Settings,
    @inject(Server) server: Server,
  ) {
    constructed.push({ id, label, server });
  }
}

@Module()
class Failing {
  constructor() {
    throw new LigandError("LIGAND_ARGUMENT_INVALID", "the module's own reason");
  }
}

describe("conformance: start-up", () => {
  const server = new ConfiguredServer({ serverName: "example.org" });
  const services = [bindService(Server, server)];
  const { logger } = captureLogs();
  beforeEach(() => (constructed = []));

  it("case 381: modules are constructed in order, each with its own config and all with the same services", async () => {
    const modules = [
      { module: Noted, id: "one", config: { label: "first" } },
      { module: Noted, id: "two" },
      { module: Noted, id: "three", config: { label: "third" } },
    ];
    await using host = await startModules({ modules, services, logger });
    await host.stop();
    expect(constructed.map(({ id, label }) => [id, label])).to.deep.equal([
      ["one", "first"],
      ["two", "default"],
      ["three", "third"],
    ]);
    expect(constructed.every((each) => each.server === server)).to.equal(true);
  });

  it("case 382: a constructor that throws refuses start-up (differs: the modules after it are tried as well, so that every failure is reported)", async () => {
    const modules = [
      { module: Noted, id: "one" },
      { module: Failing, id: "two" },
      { module: Noted, id: "three" },
      { module: Failing, id: "four" },
    ];
    const [outcome] = await Promise.allSettled([startModules({ modules, services, logger })]);
    const { reason } = outcome as PromiseRejectedResult;
    expect(reason).to.be.instanceOf(StartError);
    expect((reason as StartError).problems.map(({ code, message }) => [code, message])).to.deep.equal([
      ["LIGAND_MODULE_CONSTRUCTION_FAILED", "couldn't construct module two"],
      ["LIGAND_MODULE_CONSTRUCTION_FAILED", "couldn't construct module four"],
    ]);
    expect(constructed.map(({ id }) => id)).to.deep.equal(["one", "three"]);
  });
});
