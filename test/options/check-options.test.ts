import { expect } from "chai";
import { inject } from "inversify";
import { LigandError } from "#src/errors/ligand-error.js";
import { Module } from "#src/modules/module.js";
import { Cached, Clock, ConfiguredServer, Every, bindService } from "#src/index.js";
import { startModules } from "#src/start.js";
import { readModules } from "#src/survey-modules.js";
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
      "startModules: unknown option `configfile`; did you mean `configFile`?",
    ],
    [
      "that are paths and empty",
      () =>
        startModules({
          lastGood: "",
          defaultServices: { database: { engine: "pglite", dataDir: "" }, templateDir: "" },
          decisions: { file: "" },
        }),
      "startModules: `lastGood` must be a path that isn't empty, but it's an empty string; `defaultServices.database.dataDir` must be a path that isn't empty, but it's an empty string; `defaultServices.templateDir` must be a path that isn't empty, but it's an empty string; `decisions.file` must be a path that isn't empty, but it's an empty string",
    ],
    [
      "absent",
      () => readModules(given(undefined)),
      "readModules: the argument must be an object with `configFile`, `modules`, `startTimeoutMs`, but it's undefined",
    ],
    [
      "of several wrong kinds, reported together",
      () =>
        startModules(
          given({ services: bindService(Clock, given({})), logger: console, pendingLimitMs: -1, observer: {} }),
        ),
      "startModules: `services` must be a list, but it's an instance of ContainerModule; `logger` must be a winston logger, such as `createLogger()` returns, but it's an object; `pendingLimitMs` must be a number that isn't negative, but it's -1; `observer` must be a function, but it's an object",
    ],
    [
      "with a service that is not bound",
      () => startModules(given({ services: [new ConfiguredServer({ serverName: "a" })] })),
      "startModules: `services[0]` must be a result of `bindService`, but it's an instance of ConfiguredServer",
    ],
    [
      "with classes in the place of entries",
      () => testModules(given([Quiet])),
      "testModules: `modules[0]` must be an object with `module`, `config`, `id`, `operate`, but it's the class Quiet",
    ],
    [
      "within an entry",
      () => startModules({ modules: [given({ module: Quiet, confg: {} })] }),
      "startModules: unknown option `modules[0].confg`; did you mean `config`?",
    ],
    [
      "of Ligand's own services",
      () =>
        startModules({
          defaultServices: given({ mail: { host: 5 }, database: { engine: "mysql" }, http: { tls: { ca: 7 } } }),
        }),
      'startModules: `defaultServices.http.tls.ca` must be a string, but it\'s 7; `defaultServices.mail.from` is missing; `defaultServices.mail.host` must be a string, but it\'s 5; `defaultServices.database.engine` must be "postgres" or "pglite", but it\'s a string',
    ],
    ["of @Module", () => Module(given({ confg: class {} })), "@Module: unknown option `confg`; did you mean `config`?"],
    [
      "of @Module, no class",
      () => Module(given({ config: {} })),
      "@Module: `config` must be a class, but it's an object",
    ],
    ["of @Cached", () => Cached(given({ ttl: 5 })), "@Cached: unknown option `ttl`; did you mean `ttlMs`?"],
    [
      "of @Every",
      () => Every("30s", given({ foo: 1 })),
      "@Every: unknown option `foo`; expected `desc`, `runOnAllInstances`",
    ],
    [
      "of bindService",
      () => bindService(Clock, given({}), given({ stopp() {} })),
      "bindService(Clock, …): unknown option `stopp`; did you mean `stop`?",
    ],
    ["of a server", () => new ConfiguredServer(given({})), "ConfiguredServer: `serverName` is missing"],
    [
      "of the homeserver of a test",
      () => testModule(Quiet, {}, { settings: given({ passwordLogn: false, inviteLimits: { perRom: null } }) }),
      "the settings of the homeserver: unknown option `passwordLogn`; did you mean `passwordLogin`?; unknown option `inviteLimits.perRom`; did you mean `perRoom`?",
    ],
    [
      "of a test",
      () => testModule(Quiet, {}, given({ setings: {} })),
      "testModules: unknown option `setings`; did you mean `settings`?",
    ],
  ];
  for (const [what, action, message] of cases) {
    it(`${what} are refused`, async () => {
      expect(await refusal(action)).to.equal(message);
    });
  }

  it("valid options are accepted, and undefined ones count as absent", async () => {
    await using host = await startModules(
      given({
        modules: [{ module: Quiet, id: undefined }],
        defaultServices: { database: { engine: "pglite", dataDir: undefined }, http: { tls: { ca: ["a"] } } },
        logger: undefined,
      }),
    );
    expect(host.modules.map(({ id }) => id)).to.deep.equal(["Quiet"]);
  });
});
