import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import type { RemoteHost, ServedModules } from "#src/index.js";
import { remoteHost, serve } from "#src/on-demand.js";
import { roomEvent } from "#src/testing/builders.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { Intervals } from "../../intervals.js";
import { outcomeOf, serverBinding, unixAddress } from "../served.js";

const modules = resolve("test/fixtures/remote/last-good.mjs");
const VARIABLE = "LIGAND_TEST_DATABASE";

describe("a served configuration that can be read and not started", () => {
  let folder: string;
  let configFile: string;
  const servers: ServedModules[] = [];
  const hosts: RemoteHost[] = [];
  const list = (...names: readonly string[]) =>
    writeFile(configFile, `modules:\n${names.map((name) => `- module: ${modules}#${name}\n`).join("")}`);
  const start = async (...without: readonly string[]) => {
    const { logger, records } = captureLogs({ all: true });
    const address = unixAddress();
    const server = await serve({ configFile, address, logger, lastGood: join(folder, "kept"), without });
    servers.push(server);
    const connect = async () => {
      const host = await remoteHost({ address, services: [serverBinding()] });
      hosts.push(host);
      return host;
    };
    const lines = (level: string) => records.filter((record) => record.level === level).map(({ message }) => message);
    return { server, connect, lines };
  };
  const verdictOf = (host: RemoteHost) => host.hooks.spamChecker.checkEventForSpam(roomEvent());
  const ran = async (...names: readonly string[]) => {
    await list(...names);
    const { connect, server } = await start();
    await connect();
    await server.stop();
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ligand-last-good-"));
    configFile = join(folder, "modules.yaml");
    process.env[VARIABLE] = "down";
  });
  afterEach(async () => {
    delete process.env[VARIABLE];
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await rm(folder, { recursive: true });
  });

  it("a configuration that ran without one of its modules isn't kept", async () => {
    await ran("Good");
    await list("Passing", "Starting");
    const withoutOne = await start("Starting");
    await withoutOne.connect();
    await withoutOne.server.stop();

    const { server, connect } = await start();
    await connect();
    const { isLastGood, modules: running } = server.health;
    expect([isLastGood, running.map(({ id }) => id)]).to.deep.equal([true, ["Good"]]);
  });

  it("whether the configuration that ran last is used is a metric before a homeserver connects", async () => {
    const metric = (server: ServedModules) => server.metrics().split("\n").slice(2);
    await list("Good");
    const right = await start();
    expect(metric(right.server)).to.deep.equal(['ligand_configuration_last_good{server_name=""} 0', ""]);
    await right.server.stop();
    await ran("Good");
    await writeFile(configFile, "modules: [");
    const wrong = await start();
    expect(metric(wrong.server)).to.deep.equal(['ligand_configuration_last_good{server_name=""} 1', ""]);
    await wrong.connect();
    expect(wrong.server.metrics()).to.include('ligand_configuration_last_good{server_name="example.org"} 1\n');
    await list("Passing");
    await wrong.server.reload();
    expect(wrong.server.metrics()).to.include('ligand_configuration_last_good{server_name="example.org"} 0\n');
  });

  it("the configuration that ran last is used, and said, when a module doesn't start", async () => {
    await ran("Good", "Inviting");
    await list("Passing", "Starting");
    const { server, connect, lines } = await start();
    expect(server.health.isLastGood).to.equal(false);
    const host = await connect();
    expect(await verdictOf(host)).to.deep.include({ code: "M_FORBIDDEN" });
    expect(lines("error")).to.deep.equal([
      "The configuration can't be started; the modules run with the one that ran last",
      `${configFile}:3:11: module Starting failed in its @postConstruct method [LIGAND_MODULE_START_FAILED] Read the cause: it's an error in the module's code. Caused by: the database can't be reached (at ${modules}:23:61)`,
    ]);
    const { isLastGood, status, modules: running } = server.health;
    expect([isLastGood, status, running.map(({ id }) => id)]).to.deep.equal([true, "running", ["Good", "Inviting"]]);
    expect(lines("warn")).to.deep.equal(["Restart the homeserver to have it ask SpamChecker.userMayInvite"]);

    process.env[VARIABLE] = "up";
    expect((await server.reload()).added).to.deep.equal(["Passing", "Starting"]);
    expect(server.health.isLastGood).to.equal(false);
    expect(await verdictOf(host)).to.equal("NOT_SPAM");
  });

  it("the configuration that ran last is the one that runs for as long as a reload takes, and after one that's refused", async () => {
    await ran("Good");
    await list("Starting");
    const { server, connect } = await start();
    await connect();
    const seen = new Set<boolean>();
    let isOver = false;
    const reloading = outcomeOf(() => server.reload()).finally(() => (isOver = true));
    while (!isOver) {
      seen.add(server.health.isLastGood);
      await setImmediate();
    }
    expect("error" in (await reloading)).to.equal(true);
    expect([[...seen], server.health.isLastGood]).to.deep.equal([[true], true]);
  });

  it("the log says each minute that the configuration that ran last is used, until a reload ends that", async () => {
    await ran("Good");
    await list("Starting");
    using minutes = new Intervals(60_000);
    const { server, connect, lines } = await start();
    await connect();
    minutes.elapse();
    expect(lines("error").filter((line) => line.startsWith("The configuration"))).to.deep.equal([
      "The configuration can't be started; the modules run with the one that ran last",
      "The configuration can't be started; the modules run with the one that ran last",
    ]);
    process.env[VARIABLE] = "up";
    await server.reload();
    expect(minutes.count).to.equal(0);
  });

  it("the configuration that ran last is introduced to a homeserver that lacks a service of the one in the files", async () => {
    await ran("Inviting");
    await list("Mailing");
    const { server, connect, lines } = await start();
    const { info } = await connect();
    expect(info.hooks.map(({ hook }) => hook)).to.deep.equal(["userMayInvite"]);
    expect(lines("error").map((line) => line.replace(/ \[LIGAND.*/, ""))).to.deep.equal([
      "The configuration can't be started; the modules run with the one that ran last",
      `${configFile}:2:11: module Mailing needs Mailer, but this homeserver doesn't provide it`,
    ]);
    expect(server.health.isLastGood).to.equal(true);
  });

  it("a start fails, and the next one tries again, when the configuration that ran last is that of the files", async () => {
    process.env[VARIABLE] = "up";
    await ran("Starting");
    process.env[VARIABLE] = "down";
    const { server, connect } = await start();
    expect(await outcomeOf(connect)).to.have.nested.property("error.code", "LIGAND_START_FAILED");
    expect(server.health.isLastGood).to.equal(false);
    process.env[VARIABLE] = "up";
    expect(await verdictOf(await connect())).to.equal("NOT_SPAM");
  });

  it("a start fails when the configuration that ran last doesn't start either, and the next one tries the files again", async () => {
    process.env[VARIABLE] = "up";
    await ran("Starting");
    process.env[VARIABLE] = "down";
    await list("Mailing");
    const { server, connect, lines } = await start();
    expect(await outcomeOf(connect)).to.have.nested.property("error.code", "LIGAND_START_FAILED");
    expect(server.health.isLastGood).to.equal(false);
    const [why, last] = lines("error").slice(-2);
    expect(why).to.include("The configuration that ran last can't be used either: 1 problem found");
    expect(why).to.include("module Starting failed in its @postConstruct method");
    expect(last).to.include("the modules didn't start: 1 problem found");
    expect(last).to.include("module Mailing needs Mailer, but this homeserver doesn't provide it");
    process.env[VARIABLE] = "up";
    expect(await verdictOf(await connect())).to.equal("NOT_SPAM");
    expect(server.health.isLastGood).to.equal(true);
  });

  it("a start says why neither the configuration in the files nor the one that ran last can be started", async () => {
    process.env[VARIABLE] = "up";
    await ran("Starting");
    process.env[VARIABLE] = "down";
    await list("Starting", "Passing");
    const { connect, lines } = await start();
    expect(await outcomeOf(connect)).to.have.nested.property("error.code", "LIGAND_START_FAILED");
    const errors = lines("error").map((line) => line.split("\n")[0]!.replace(/ found.*/, " found"));
    expect(errors.filter((line) => !line.includes("@postConstruct"))).to.deep.equal([
      "The configuration can't be started; the modules run with the one that ran last",
      "The configuration that ran last can't be used either: 1 problem found",
      "the modules didn't start: 1 problem found",
    ]);
  });
});
