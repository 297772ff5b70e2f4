import { expect } from "chai";
import { inject, optional, type Newable } from "inversify";
import { startModules } from "#src/start.js";
import { readModules } from "#src/survey-modules.js";
import { ConfigError, StartError } from "#src/errors/start-error.js";
import { Module } from "#src/modules/module.js";
import { Clock, type Users } from "#src/index.js";
import { failureOf } from "../failure-of.js";

const WRITE_INJECT =
  "Write `@inject(Service)` before each parameter of the constructor, with the class of the service.";

async function problemsOf(module: Newable<object>) {
  const error = await failureOf(readModules({ modules: [{ module }] }));
  if (!(error instanceof ConfigError)) throw error;
  return error.problems.map(({ code, message, remedy }) => ({ code, message, remedy }));
}

describe("injections of a module", () => {
  it("a constructor parameter without `@inject` is reported before anything is constructed", async () => {
    @Module()
    class Bare {
      constructor(
        readonly users: Users,
        @inject(Clock) readonly clock: Clock,
        @optional() readonly more: unknown,
        readonly last: number,
        readonly size = 5,
      ) {}
    }
    const bare = (place: string) => ({
      code: "LIGAND_MODULE_INJECTION_INVALID",
      message: `${place} of module Bare (class \`Bare\`) has no \`@inject(…)\``,
      remedy: WRITE_INJECT,
    });
    expect(await problemsOf(Bare)).to.deep.equal([
      bare("parameter 1 of the constructor"),
      bare("parameter 3 of the constructor"),
      bare("parameter 4 of the constructor"),
    ]);
  });

  it("a property with `@optional` alone is reported", async () => {
    @Module()
    class Optional {
      @optional() users?: Users;
    }
    expect(await problemsOf(Optional)).to.deep.equal([
      {
        code: "LIGAND_MODULE_INJECTION_INVALID",
        message: "the property `users` of module Optional (class `Optional`) has no `@inject(…)`",
        remedy: WRITE_INJECT,
      },
    ]);
  });

  it("an injection of undefined is reported, as in a circle of imports", async () => {
    @Module()
    class Circular {
      constructor(@inject(undefined as never) readonly users: Users) {}
    }
    expect(await problemsOf(Circular)).to.deep.equal([
      {
        code: "LIGAND_MODULE_INJECTION_INVALID",
        message: "parameter 1 of the constructor of module Circular (class `Circular`) injects `undefined`",
        remedy:
          "Import what you inject from a file that doesn't import this one. When two files import each other, one of them runs before the other has defined its classes.",
      },
    ]);
  });

  it("an injection of another module is reported", async () => {
    @Module()
    class Other {}
    @Module()
    class Friendly {
      @inject(Other) readonly other!: Other;
    }
    expect(await problemsOf(Friendly)).to.deep.equal([
      {
        code: "LIGAND_MODULE_INJECTION_INVALID",
        message: "the property `other` of module Friendly (class `Friendly`) injects the module `Other`",
        remedy:
          "Modules can't inject each other. Put what both need into a file that both import, or let the homeserver bind it as a service.",
      },
    ]);
  });

  it("a service's name in quotes isn't taken for the service", async () => {
    @Module()
    class Quoted {
      constructor(@inject("Users") readonly users: Users) {}
    }
    const error = await failureOf(startModules({ modules: [{ module: Quoted }] }));
    expect(error).to.be.instanceOf(StartError);
    expect((error as StartError).problems).to.deep.equal([
      {
        code: "LIGAND_MODULE_SERVICE_MISSING",
        message: `module Quoted needs a service by the string "Users", but this homeserver doesn't provide it`,
        remedy: "Write `@inject(Users)`, without quotes.",
      },
    ]);
  });

  it("parameters with a default need no injection", async () => {
    @Module()
    class Defaults {
      constructor(
        @inject(Clock) readonly clock: Clock,
        readonly size = 5,
      ) {}
    }
    await using host = await startModules({ modules: [{ module: Defaults }] });
    expect(host.modules.map(({ id }) => id)).to.deep.equal(["Defaults"]);
  });
});
