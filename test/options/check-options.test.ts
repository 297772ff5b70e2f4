import { expect } from "chai";
import { inject } from "inversify";
import { LigandError } from "#src/errors/ligand-error.js";
import { Module } from "#src/modules/module.js";
import { Cached, Clock, ConfiguredServer, Every, bindService } from "#src/index.js";
import { readModules, startModules } from "#src/start.js";
import { testModule, testModules } from "#src/testing.js";

@Module()
class Quiet {
  @inject(Clock) readonly clock!: Clock;
}

/** What plain JavaScript may give. */
const given = (value: unknown) => value as never;

async function refusal(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).to.be.instanceOf(LigandError).and.include({ code: "LIGAND_ARGUMENT_INVALID" });
    return (error as LigandError).message;
  }
  return expect.fail("nothing was thrown");
}

describe("options", () => {
  const cases: [what: string, action: () => unknown, message: string][] = [
    [
      "misspelt",
      () => startModules(given({ configfile: "homeserver.yaml" })),
      "startModules: `configfile` is not known; did you mean `configFile`?",
    ],
    [
      "absent",
      () => readModules(given(undefined)),
      "readModules: the argument is undefined; expected an object with `configFile`, `modules`, `startTimeoutMs`",
    ],
    [
      "of several wrong kinds, told at once",
      () =>
        startModules(
          given({ services: bindService(Clock, given({})), logger: console, pendingLimitMs: -1, observer: {} }),
        ),
      "startModules: `services` is an object of the class ContainerModule; expected a list; `logger` is an object; expected a logger of winston, such as `createLogger()` makes; `pendingLimitMs` is -1; expected a number that is not negative; `observer` is an object; expected a function",
    ],
    [
      "with a service that is not bound",
      () => startModules(given({ services: [new ConfiguredServer({ serverName: "a" })] })),
      "startModules: `services[0]` is an object of the class ConfiguredServer; expected what `bindService` gives",
    ],
    [
      "with classes in the place of entries",
      () => testModules(given([Quiet])),
      "testModules: `modules[0]` is the class Quiet; expected an object with `module`, `config`, `id`",
    ],
    [
      "within an entry",
      () => startModules({ modules: [given({ module: Quiet, confg: {} })] }),
      "startModules: `modules[0].confg` is not known; did you mean `config`?",
    ],
    [
      "of Ligand's own services",
      () =>
        startModules({
          defaultServices: given({ mail: { host: 5 }, database: { engine: "mysql" }, http: { tls: { ca: 7 } } }),
        }),
      'startModules: `defaultServices.http.tls.ca` is 7; expected a string; `defaultServices.mail.from` is missing; `defaultServices.mail.host` is 5; expected a string; `defaultServices.database.engine` is a string; expected "postgres" or "pglite"',
    ],
    ["of @Module", () => Module(given({ confg: class {} })), "@Module: `confg` is not known; did you mean `config`?"],
    ["of @Module, no class", () => Module(given({ config: {} })), "@Module: `config` is an object; expected a class"],
    ["of @Cached", () => Cached(given({ ttl: 5 })), "@Cached: `ttl` is not known; did you mean `ttlMs`?"],
    [
      "of @Every",
      () => Every("30s", given({ foo: 1 })),
      "@Every: `foo` is not known; expected `desc`, `runOnAllInstances`",
    ],
    [
      "of bindService",
      () => bindService(Clock, given({}), given({ stopp() {} })),
      "bindService(Clock, …): `stopp` is not known; did you mean `stop`?",
    ],
    ["of a server", () => new ConfiguredServer(given({})), "ConfiguredServer: `serverName` is missing"],
    [
      "of the homeserver of a test",
      () => testModule(Quiet, {}, { settings: given({ passwordLogn: false, inviteLimits: { perRom: null } }) }),
      "the settings of the homeserver: `passwordLogn` is not known; did you mean `passwordLogin`?; `inviteLimits.perRom` is not known; did you mean `perRoom`?",
    ],
    [
      "of a test",
      () => testModule(Quiet, {}, given({ setings: {} })),
      "testModules: `setings` is not known; did you mean `settings`?",
    ],
  ];
  for (const [what, action, message] of cases) {
    it(`${what} are refused`, async () => {
      expect(await refusal(action)).to.equal(message);
    });
  }

  it("that are right are taken, and those that are undefined count as absent", async () => {
    const host = await startModules(
      given({
        modules: [{ module: Quiet, id: undefined }],
        defaultServices: { database: { engine: "pglite", dataDir: undefined }, http: { tls: { ca: ["a"] } } },
        logger: undefined,
      }),
    );
    expect(host.modules.map(({ id }) => id)).to.deep.equal(["Quiet"]);
    await host.stop();
  });
});
