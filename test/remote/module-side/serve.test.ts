import { once } from "node:events";
import { request } from "node:http";
import { createConnection } from "node:net";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { bindService, ConfigError, StartError, Users, type LigandError } from "#src/index.js";
import { remoteHost, serve } from "#src/on-demand.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { roomEvent } from "#src/testing/builders.js";
import { freePort } from "../../free-port.js";
import { frame, initialize, outcomeOf, serverBinding, unixAddress } from "../served.js";

const FOLDER = "test/fixtures/remote";

/** The answer of a health endpoint. */
async function get(address: string, path: string, method = "GET"): Promise<{ status: number; body: string }> {
  const url = new URL(path, `http://${address.slice("tcp:".length)}`);
  return new Promise((resolve, reject) => {
    request(url, { method }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode!, body }), reject);
    })
      .on("error", reject)
      .end();
  });
}

const users = bindService(Users, { isUserAdmin: async (id: string) => id === "@admin:x" } as unknown as Users);

describe("serve", () => {
  it("serve refuses a configuration with all its problems, and listens nowhere", async () => {
    const address = unixAddress();
    const { logger } = captureLogs();
    const { error } = (await outcomeOf(() => serve({ configFile: `${FOLDER}/wrong.yaml`, address, logger }))) as {
      error: ConfigError;
    };
    expect(error).to.be.instanceOf(ConfigError);
    expect(error.problems.map(({ code }) => code)).to.deep.equal([
      "LIGAND_MODULE_EXPORT_NOT_FOUND",
      "LIGAND_CONFIG_UNKNOWN_KEY",
      "LIGAND_CONFIG_MISSING_KEY",
    ]);
    const missed = (await outcomeOf(() => remoteHost({ address, services: [serverBinding()] }))) as {
      error: LigandError;
    };
    expect(missed.error.message).to.equal(`can't connect to ${address}`);
  });

  it("serve and remoteHost refuse options that are misspelt", async () => {
    const misspelt = { configFile: `${FOLDER}/obedient.yaml`, address: unixAddress(), stopTimeoutMS: 1 };
    const served = (await outcomeOf(() => serve(misspelt))) as { error: LigandError };
    expect([served.error.code, served.error.message]).to.deep.equal([
      "LIGAND_ARGUMENT_INVALID",
      "serve: unknown option `stopTimeoutMS`; did you mean `stopTimeoutMs`?",
    ]);
    const asking = { address: unixAddress(), services: [serverBinding()], callTimeoutMS: 1 };
    const asked = (await outcomeOf(() => remoteHost(asking))) as { error: LigandError };
    expect([asked.error.code, asked.error.message]).to.deep.equal([
      "LIGAND_ARGUMENT_INVALID",
      "remoteHost: unknown option `callTimeoutMS`; did you mean `callTimeoutMs`?",
    ]);
  });

  it("serve tells a connecting homeserver which services its modules miss", async () => {
    const address = unixAddress();
    const { logger, records } = captureLogs({ all: true });
    await using _ = await serve({ configFile: `${FOLDER}/obedient.yaml`, address, logger });
    const { error } = (await outcomeOf(() => remoteHost({ address, services: [serverBinding()] }))) as {
      error: StartError;
    };
    expect(error).to.be.instanceOf(StartError).and.not.instanceOf(ConfigError);
    expect(error.problems.map(({ code, position }) => [code, position?.line])).to.deep.equal([
      ["LIGAND_MODULE_SERVICE_MISSING", 3],
    ]);
    expect(records.filter(({ level }) => level === "error")).to.have.lengthOf(1);
  });

  it("serve immediately refuses a module that needs what no homeserver can lend", async () => {
    const { logger } = captureLogs();
    const ask = (defaultServices = {}) =>
      serve({ configFile: `${FOLDER}/storing.yaml`, address: unixAddress(), logger, defaultServices });
    const { error } = (await outcomeOf(ask)) as { error: StartError };
    expect(error.problems.map(({ code, message, remedy }) => [code, message, remedy])).to.deep.equal([
      [
        "LIGAND_MODULE_SERVICE_MISSING",
        "module Storing needs Database, but this homeserver doesn't provide it",
        "The homeserver's own database can't be used from another process. Give the modules their own, with " +
          "`defaultServices: { database }` of `startModules`, `startIsolated` or `serve`, or with `ligand serve --database pglite:DIRECTORY`.",
      ],
    ]);
    await using server = await ask({ database: { engine: "postgres" } });
    expect(server.health.status).to.equal("waiting");
  });

  it("serve logs which modules of which file it has, when they start, and what a connection was for", async () => {
    const address = unixAddress();
    const { logger, records } = captureLogs({ all: true });
    await using server = await serve({ configFile: `${FOLDER}/obedient.yaml`, address, logger });
    const socket = createConnection(address.slice("unix:".length));
    socket.write(frame(initialize({ services: ["Users"] })));
    await once(socket, "data");
    socket.destroy();
    await once(socket, "close");
    while (server.connections > 0) await setImmediate();
    await using host = await remoteHost({ address, services: [serverBinding(), users] });
    await host.stop();
    while (server.connections > 0) await setImmediate();
    await server.stop();
    expect(records.filter(({ level }) => level === "info").map(({ message }) => message)).to.deep.equal([
      `listening on ${address}`,
      `modules of ${resolve(FOLDER, "obedient.yaml")}: Obedient, Asking`,
      "connection 1: Test, main process",
      "connection 1 ended: it only asked which modules there are",
      "connection 2: Ligand, main process",
      "Started 2 modules: Obedient, Asking",
      "connection 2 ended",
    ]);
  });

  it("serve logs at debug the end of a connection that introduced no homeserver, as of a process that looks for a free socket", async () => {
    const { logger, records } = captureLogs({ all: true });
    const address = unixAddress();
    await using server = await serve({ configFile: `${FOLDER}/obedient.yaml`, address, logger });
    const socket = createConnection(address.slice("unix:".length));
    await once(socket, "connect");
    socket.destroy();
    while (!records.some(({ message }) => message === "connection 1 ended")) await setImmediate();
    await server.stop();
    expect(records.map(({ level, message }) => [level, message])).to.deep.equal([
      ["info", `listening on ${address}`],
      ["info", `modules of ${resolve(FOLDER, "obedient.yaml")}: Obedient, Asking`],
      ["debug", "connection 1 ended"],
    ]);
  });

  it("serve requires a homeserver with a Server service", async () => {
    const { error } = (await outcomeOf(() => remoteHost({ address: unixAddress(), services: [users] }))) as {
      error: LigandError;
    };
    expect([error.code, error.message]).to.deep.equal([
      "LIGAND_ARGUMENT_INVALID",
      "the services include no `Server`, which modules in another process need",
    ]);
  });

  it("serve reports its health and its metrics", async () => {
    const healthAddress = `tcp:127.0.0.1:${await freePort()}`;
    const address = unixAddress();
    const { logger } = captureLogs();
    await using server = await serve({ configFile: `${FOLDER}/obedient.yaml`, address, healthAddress, logger });
    const { instance } = server.health;
    const health = async (path = "/health") => {
      const { status, body } = await get(healthAddress, path);
      const { modules, ...rest } = JSON.parse(body) as { modules: { id: string; state: string }[] };
      expect(body).not.to.include("problems");
      return { code: status, ...rest, modules: modules.map(({ id, state }) => `${id} ${state}`) };
    };
    const common = { instance, keptFunctions: 0, isLastGood: false, lastReload: null };
    expect(await health()).to.deep.equal({
      ...common,
      code: 200,
      status: "waiting",
      connections: 0,
      revision: 0,
      modules: [],
    });
    const endpoints = async () =>
      Promise.all(["/health/live", "/health/ready"].map((path) => get(healthAddress, path)));
    expect(await endpoints()).to.deep.equal([
      { status: 200, body: "live\n" },
      { status: 200, body: "ready\n" },
    ]);
    expect(await get(healthAddress, "/metrics")).to.deep.equal({
      status: 200,
      body:
        "# HELP ligand_configuration_last_good 1 if the configuration that ran last runs, because the files couldn't be used.\n" +
        "# TYPE ligand_configuration_last_good gauge\n" +
        'ligand_configuration_last_good{server_name=""} 0\n',
    });

    await using host = await remoteHost({ address, services: [serverBinding(), users] });
    expect(host.info.instance).to.equal(instance);
    expect(await host.hooks.spamChecker.checkEventForSpam(roomEvent())).to.equal("NOT_SPAM");
    expect(await health("/health?verbose")).to.deep.equal({
      ...common,
      code: 200,
      status: "running",
      connections: 1,
      revision: 1,
      modules: ["Obedient running", "Asking running"],
    });
    expect((await get(healthAddress, "/metrics")).body).to.match(/module="Obedient".* 1\n/);
    expect(await get(healthAddress, "/other")).to.deep.equal({
      status: 404,
      body: "/health, /health/live, /health/ready, /metrics are the paths here\n",
    });
    expect(await get(healthAddress, "/health", "POST")).to.deep.equal({ status: 405, body: "Use GET\n" });

    const waiting = host.hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body: "wait" } }));
    expect(await host.hooks.spamChecker.checkEventForSpam(roomEvent())).to.equal("NOT_SPAM");
    const stopped = server.stop();
    expect(await health()).to.deep.equal({
      ...common,
      code: 503,
      status: "stopping",
      connections: 1,
      revision: 1,
      modules: ["Obedient running", "Asking running"],
    });
    expect(await endpoints()).to.deep.equal([
      { status: 200, body: "live\n" },
      { status: 503, body: "stopping\n" },
    ]);
    expect(await waiting).to.equal("NOT_SPAM");
    await stopped;
    const gone = await outcomeOf(() => get(healthAddress, "/health"));
    expect(gone).to.have.nested.property("error.code", "ECONNREFUSED");
  });

  it("serve says that modules failed to start", async () => {
    const healthAddress = `tcp:127.0.0.1:${await freePort()}`;
    const address = unixAddress();
    const { logger } = captureLogs();
    await using _ = await serve({ configFile: `${FOLDER}/failing.yaml`, address, healthAddress, logger });
    const { error } = (await outcomeOf(() => remoteHost({ address, services: [serverBinding()] }))) as {
      error: LigandError;
    };
    expect(error.message).to.include("caused by: cannot be constructed");
    const { status, body } = await get(healthAddress, "/health");
    expect([status, (JSON.parse(body) as { status: string }).status]).to.deep.equal([503, "failed"]);
  });

  it("serve listens nowhere when one of its addresses isn't to be had", async () => {
    const healthAddress = `tcp:127.0.0.1:${await freePort()}`;
    const address = unixAddress();
    const { logger } = captureLogs();
    const options = { configFile: `${FOLDER}/obedient.yaml`, address, logger };
    await using _ = await serve(options);
    const { error } = (await outcomeOf(() => serve({ ...options, healthAddress }))) as { error: LigandError };
    expect(error.code).to.equal("LIGAND_LISTEN_FAILED");
    expect(await outcomeOf(() => get(healthAddress, "/health"))).to.have.nested.property("error.code", "ECONNREFUSED");
    // By then the health server listens.
    const nowhere = { ...options, address: unixAddress(), healthAddress, controlAddress: `${address}.absent/socket` };
    const second = (await outcomeOf(() => serve(nowhere))) as { error: LigandError };
    expect(second.error.code).to.equal("LIGAND_LISTEN_FAILED");
    expect(await outcomeOf(() => get(healthAddress, "/health"))).to.have.nested.property("error.code", "ECONNREFUSED");
  });
});
