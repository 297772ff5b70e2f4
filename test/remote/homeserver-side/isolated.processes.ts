import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import {
  bindService,
  ConfigError,
  deny,
  NOT_SPAM,
  Users,
  type LigandError,
  type RemoteHost,
  type StartError,
} from "#src/index.js";
import { startIsolated } from "#src/on-demand.js";
import type { IsolatedOptions } from "#src/start-isolated.js";
import { StateMap } from "#src/matrix/state-map.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs, type LogRecord } from "#src/testing/captured-logs.js";
import { outcomeOf, serverBinding, watchRejections } from "../served.js";
import { until } from "../../until.js";

const FOLDER = "test/fixtures/remote";
const users = bindService(Users, { isUserAdmin: async (id: string) => id === "@admin:x" } as unknown as Users);

async function isolated(
  options: Partial<IsolatedOptions> = {},
): Promise<{ host: RemoteHost; logs: readonly LogRecord[] }> {
  const { logger, records } = captureLogs({ all: true });
  const configFile = `${FOLDER}/obedient.yaml`;
  const host = await startIsolated({ configFile, services: [serverBinding(), users], logger, ...options });
  return { host, logs: records };
}

function check({ hooks }: RemoteHost, body = "ham") {
  return outcomeOf(() => hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body } }), { requestId: "PUT-7" }));
}

function codeOf(outcome: object): string {
  return (outcome as { error: LigandError }).error.code;
}

/** Asks until modules answer again: the process comes back by itself. */
async function runsAgain(host: RemoteHost): Promise<void> {
  await until(async () => "result" in (await check(host)));
}

describe("isolated modules", () => {
  it("isolated modules answer, use the services of the homeserver, log into its log, and stop with it", async () => {
    const { host, logs } = await isolated();
    expect(await check(host)).to.deep.equal({ result: NOT_SPAM });
    expect(await check(host, "spam")).to.deep.equal({ result: deny("M_FORBIDDEN") });
    expect(await host.hooks.spamChecker.userMayPublishRoom("@admin:x", "!r:x")).to.equal(NOT_SPAM);
    expect(await host.hooks.spamChecker.userMayPublishRoom("@b:x", "!r:x")).to.deep.equal(deny("M_FORBIDDEN"));
    expect(host.info.modules.map(({ id }) => id)).to.deep.equal(["Obedient", "Asking"]);
    expect(logs.map(({ message }) => message)).to.include("started the process of isolated modules: Obedient, Asking");
    await host.stop();
    await host.stop();
    expect(codeOf(await check(host))).to.equal("LIGAND_HOST_STOPPED");
    expect(logs.filter(({ level }) => level === "error")).to.deep.equal([]);
  });

  it("isolated modules load neither winston before something is logged nor what validates configs that aren't there", async () => {
    const { logger, records } = captureLogs();
    logger.level = "info";
    const { host } = await isolated({ configFile: `${FOLDER}/loaded.yaml`, logger });
    const loaded = async (body: string) => {
      const { result } = (await check(host, body)) as { result: { fields: { packages: string[] } } };
      return ["winston", "class-validator", "class-transformer", "yaml"].filter((name) =>
        result.fields.packages.includes(name),
      );
    };
    expect(await loaded("ham")).to.deep.equal([]);
    expect(await loaded("log")).to.deep.equal(["winston"]);
    await until(() => records.some(({ message, module }) => message === "loaded" && module === "Loaded"));
    await host.stop();
  });

  it("isolated modules that end their process follow their policies, and come back", async () => {
    const { host, logs } = await isolated();
    const { instance } = host.info;
    // An error of this hook reaches the operation; one of the next is logged and passed over.
    expect(codeOf(await check(host, "crash"))).to.equal("LIGAND_REMOTE_LOST");
    expect(codeOf(await check(host))).to.equal("LIGAND_REMOTE_LOST");
    expect(await outcomeOf(() => host.hooks.thirdPartyRules.onNewEvent(roomEvent(), new StateMap()))).to.deep.equal({
      result: undefined,
    });
    await runsAgain(host);
    expect(host.info.instance).not.to.equal(instance);
    expect(await host.hooks.spamChecker.userMayPublishRoom("@admin:x", "!r:x")).to.equal(NOT_SPAM);
    expect(logs.map(({ message }) => message)).to.include.members([
      "the process of isolated modules exited with code 7",
      "restarted isolated modules",
    ]);
    await host.stop();
  });

  it("isolated modules that throw outside of any call end their process alone, in order", async () => {
    const { host, logs } = await isolated();
    await check(host, "throw");
    await until(() => logs.some(({ message }) => message === "restarted isolated modules"));
    const errors = logs.filter(({ level, hook }) => level === "error" && hook === undefined);
    expect(errors.map(({ message }) => message)).to.deep.equal([
      "Uncaught exception outside any callback; shutting down",
      "the process of isolated modules exited with code 1",
    ]);
    expect(errors[0]!["process"]).to.equal("the process of isolated modules");
    expect((errors[0]!["error"] as { stack: string }).stack).to.match(/^Error: thrown later\n +at .*modules\.mjs/);
    expect(await check(host)).to.deep.equal({ result: NOT_SPAM });
    await host.stop();
  });

  it("isolated modules continue after Ctrl-C, which reaches them too: the homeserver may still need them", async () => {
    const { host, logs } = await isolated();
    await check(host, "SIGINT");
    await pause(100);
    expect(await check(host)).to.deep.equal({ result: NOT_SPAM });
    await host.stop();
    expect(logs.filter(({ level }) => level === "error")).to.deep.equal([]);
  });

  it("isolated modules that leave a rejected promise behind continue, and the error is logged", async () => {
    const { host, logs } = await isolated();
    const { instance } = host.info;
    await check(host, "reject");
    expect(await check(host)).to.deep.equal({ result: NOT_SPAM });
    await host.stop();
    expect(host.info.instance).to.equal(instance);
    const { message, requestId, error } = logs.find(({ level }) => level === "error")!;
    expect({ message, requestId }).to.deep.equal({
      message: "Unhandled rejection in a module; continuing",
      requestId: "PUT-7",
    });
    expect((error as { stack: string }).stack).to.match(/^TypeError: no one waits\n +at Obedient\.check/);
  });

  it("isolated modules are heard once when they print, and the line of their end says where to look", async () => {
    const { host, logs } = await isolated();
    await check(host, "print");
    await check(host, "crash");
    await until(() => logs.some(({ message }) => message.includes("exited")));
    const printed = Array.from({ length: 100 }, (_, index) => `printed ${index + 1}`);
    // How long a callback keeps a busy machine's processor is no news here.
    const warnings = logs.filter(
      ({ level, message }) => level === "warn" && !message.includes("kept the process busy"),
    );
    expect(warnings.map(({ message }) => message)).to.deep.equal(
      printed.map((line) => `isolated modules wrote: ${line}`),
    );
    expect(logs.filter(({ message }) => message.includes("exited")).map(({ message }) => message)).to.deep.equal([
      "the process of isolated modules exited with code 7; its output is in the warnings above",
    ]);
    await host.stop();
  });

  it("isolated modules that are slow in one call lose that call alone", async () => {
    const { host, logs } = await isolated({ callTimeoutMs: 3000, stopTimeoutMs: 500 });
    const { instance } = host.info;
    const slow = check(host, "hang");
    expect(await check(host)).to.deep.equal({ result: NOT_SPAM });
    expect(codeOf(await slow)).to.equal("LIGAND_REMOTE_TIMEOUT");
    expect(await check(host)).to.deep.equal({ result: NOT_SPAM });
    expect(host.info.instance).to.equal(instance);
    const { level, message, hook, requestId } = logs.find(({ level }) => level === "error")!;
    expect({ level, message, hook, requestId }).to.deep.equal({
      level: "error",
      message:
        "callback Obedient.check of module Obedient on SpamChecker.checkEventForSpam failed: the process of isolated modules: no answer within 3000 ms",
      hook: "SpamChecker.checkEventForSpam",
      requestId: "PUT-7",
    });
    await host.stop();
  });

  it("isolated modules that block their process are killed when the homeserver stops", async () => {
    const { host } = await isolated({ stopTimeoutMs: 200 });
    const blocked = check(host, "block");
    await host.stop();
    expect(codeOf(await blocked)).to.equal("LIGAND_REMOTE_LOST");
  });

  it("isolated modules that are stopped by others follow their policies until they run again, and show that they aren't blocked", async () => {
    using rejections = watchRejections();
    const { host, logs } = await isolated({ callTimeoutMs: 6000 });
    // The first is late while the second keeps the process.
    const first = check(host, "hang");
    await pause(3000);
    const second = check(host, "hang");
    await check(host, "SIGTERM");
    await until(async () => "error" in (await check(host)));
    expect(codeOf(await check(host))).to.equal("LIGAND_HOST_STOPPED");
    expect(await outcomeOf(() => host.hooks.thirdPartyRules.onNewEvent(roomEvent(), new StateMap()))).to.deep.equal({
      result: undefined,
    });
    expect(logs.map(({ message }) => message)).to.include(
      "callback Obedient.check of module Obedient on SpamChecker.checkEventForSpam failed: hook SpamChecker.checkEventForSpam: the modules are shutting down",
    );
    expect([codeOf(await first), codeOf(await second)]).to.deep.equal([
      "LIGAND_REMOTE_TIMEOUT",
      "LIGAND_REMOTE_TIMEOUT",
    ]);
    await runsAgain(host);
    await host.stop();
    expect(rejections.reasons).to.deep.equal([]);
    expect(logs.map(({ message }) => message).filter((message) => message.includes("killed"))).to.deep.equal([]);
  });

  it("isolated modules with a wrong configuration don't start, and report every problem with its place", async () => {
    const error = await failureOf({ configFile: `${FOLDER}/wrong.yaml` });
    expect(error).to.be.instanceOf(ConfigError);
    expect(error.problems.map(({ code, position }) => [code, position?.line])).to.deep.equal([
      ["LIGAND_MODULE_EXPORT_NOT_FOUND", 2],
      ["LIGAND_CONFIG_UNKNOWN_KEY", 3],
      ["LIGAND_CONFIG_MISSING_KEY", 3],
    ]);
    expect(error.message).to.match(/^3 problems found; no module was started\n.*wrong\.yaml:2:13/);
  });

  it("isolated modules that can't be constructed don't start, and say why", async () => {
    const error = await failureOf({ configFile: `${FOLDER}/failing.yaml` });
    expect([error.code, error.problems.map(({ code }) => code)]).to.deep.equal([
      "LIGAND_START_FAILED",
      ["LIGAND_MODULE_CONSTRUCTION_FAILED"],
    ]);
    expect(error.message).to.include("caused by: cannot be constructed");
  });

  it("isolated modules that end their process while it starts say how, and what they wrote", async () => {
    const error = await failureOf({ configFile: `${FOLDER}/ending.yaml` });
    expect(error.problems).to.deep.equal([
      {
        code: "LIGAND_START_FAILED",
        message: "the process of isolated modules exited with code 3 before its modules had started\nno licence",
        path: "modules[0].module",
        position: { file: `${FOLDER}/ending.yaml`, line: 2, column: 13 },
        remedy: "Read the output of the process; a module may have ended it.",
      },
    ]);
  });

  it("isolated modules that wait for good while they are imported say which, before their process is given up", async () => {
    const [problem] = (await failureOf({ configFile: `${FOLDER}/waiting.yaml`, startTimeoutMs: 100 })).problems;
    expect([problem!.code, problem!.message]).to.deep.equal([
      "LIGAND_MODULE_START_TIMEOUT",
      "the import of `./waiting.mjs` didn't finish within 100 ms",
    ]);
  });

  it("isolated modules that lack a service say whose options to change", async () => {
    const error = await failureOf({ services: [serverBinding()] });
    expect(error.problems.map(({ code, remedy }) => [code, remedy])).to.deep.equal([
      [
        "LIGAND_MODULE_SERVICE_MISSING",
        "Bind the service in `services` of `startModules`, `startIsolated` or `remoteHost`; or remove the module, or use it beside a homeserver that lends this service to other processes.",
      ],
    ]);
  });

  it("isolated modules may have a database of their own", async () => {
    const configFile = `${FOLDER}/counting.yaml`;
    const [problem] = (await failureOf({ configFile })).problems;
    expect(problem!.remedy).to.match(/`defaultServices: \{ database \}` of `startModules`, `startIsolated`/);
    // PGlite is loaded with the first transaction, and blocks the process meanwhile: on a busy machine for long.
    const limits = { startTimeoutMs: 100_000, blockedLimitMs: 60_000, callTimeoutMs: 60_000 };
    const { host } = await isolated({ configFile, defaultServices: { database: { engine: "pglite" } }, ...limits });
    expect(await check(host)).to.deep.equal({ result: deny("ORG_EXAMPLE_COUNT_1") });
    await host.stop();
  });

  it("isolated modules aren't started with options that are misspelt, or that can't be sent to them", async () => {
    const error = await failureOf({
      callTimeoutMS: 5000,
      defaultServices: {
        http: { clock: { now: () => 0 } },
        database: { engine: "postgres", logger: captureLogs().logger },
      },
    } as Partial<IsolatedOptions>);
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_ARGUMENT_INVALID",
      "startIsolated: unknown option `callTimeoutMS`; did you mean `callTimeoutMs`?; unknown option `defaultServices.http.clock`; " +
        "expected `proxy`, `tls`, `timeoutMs`, `userAgent`; unknown option `defaultServices.database.logger`; " +
        "expected `engine`, `connectionString`, `maxConnections`",
    ]);
  });

  it("isolated modules need a file that lists them", async () => {
    const modules = { modules: [], configFile: undefined } as unknown as IsolatedOptions;
    const error = await failureOf(modules);
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_ARGUMENT_INVALID",
      "`startIsolated` was given no `configFile`",
    ]);
  });
});

async function failureOf(options: Partial<IsolatedOptions>): Promise<StartError> {
  return ((await outcomeOf(() => isolated(options))) as { error: StartError }).error;
}
