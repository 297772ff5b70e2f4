import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { isAlive } from "../is-alive.js";
import { until, untilIs } from "../until.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import type { Body, MatrixClient } from "./matrix-client.js";

const MODULES = modulesOf("bridged-modules");
const SERVING = modulesOf("serving-modules");

/** What a promise is rejected with, as text. */
async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return String(error);
  }
  throw new Error("it was not rejected");
}

describe("the life of the bridge", () => {
  let bridged: BridgedSynapse;

  beforeEach(async () => {
    bridged = await BridgedSynapse.create();
  });

  afterEach(() => bridged.stop());

  async function aliceInARoom(): Promise<[MatrixClient, string]> {
    const alice = await bridged.client.register("alice");
    return [alice, await alice.createRoom()];
  }

  describe("start-up is refused", () => {
    it("when nothing listens", async () => {
      expect(await rejection(bridged.startSynapse({ connect_timeout: 1 }))).to.include(
        `ligand serve cannot be reached at unix:${bridged.serve.socket} within 1.0 s`,
      );
    });

    it("when the other side is something else", async () => {
      const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
      server.listen(bridged.serve.socket);
      await once(server, "listening");
      expect(await rejection(bridged.startSynapse())).to.include("a header of another protocol");
      server.close();
    });

    it("when the other side says nothing", async () => {
      const server = createServer(() => {});
      server.listen(bridged.serve.socket);
      await once(server, "listening");
      expect(await rejection(bridged.startSynapse({ connect_timeout: 1 }))).to.include("did not answer in 1.0 s");
      server.close();
    });

    it("when the configuration is wrong", async () => {
      expect(await rejection(bridged.startSynapse({ cal_timeout: 1 }))).to.include(
        "unknown key 'cal_timeout'; did you mean 'call_timeout'?",
      );
    });
  });

  it("ligand serve doesn't start for modules that need Synapse's database, and says what to use instead", async () => {
    const message = await rejection(bridged.serve.start([{ module: `${SERVING}#WantsDatabase` }]));
    expect(message).to.include("module WantsDatabase needs Database");
    expect(message).to.include("ligand serve --database pglite:DIRECTORY");
  });

  it("modules that don't start: Synapse does, says why, and follows the policy without waiting", async () => {
    await bridged.serve.start([{ module: `${MODULES}#Unstartable` }]);
    // Longer than this test may take.
    await bridged.startSynapse({ call_timeout: 300, on_disconnect: { check_event_for_spam: "allow" } });
    const [alice, room] = await aliceInARoom();
    expect(await alice.sendMessage(room, "ham")).to.have.property("status", 200);
    const log = await bridged.synapse.log();
    expect(log).to.include(`${bridged.serve.configFile}:`);
    expect(log).to.include("couldn't construct module Unstartable");
    expect(log).to.include("caused by: no connection to the oracle");
    expect(bridged.serve.output).to.match(/Error: no connection to the oracle\n +at new Unstartable/);
  });

  it("the bridge gives modules a database of their own", async () => {
    await mkdir(join(bridged.directory, "data"));
    await bridged.serve.start(
      [{ module: `${SERVING}#WantsDatabase` }],
      "--database",
      `pglite:${join(bridged.directory, "data")}`,
      "--blocked-limit",
      "off",
    );
    // Loading the database blocks the process; on a busy machine that can take a minute.
    await bridged.startSynapse({ call_timeout: 200 });
    expect((await bridged.client.ask("GET", "/_synapse/client/rows")).body).to.deep.equal([{ name: "one" }]);
  });

  it("the bridge follows on_disconnect while ligand serve is down, and reconnects", async () => {
    await bridged.serve.start([{ module: `${MODULES}#WordChecker` }, bridged.recording(`${MODULES}#Recorder`)]);
    await bridged.startSynapse({ on_disconnect: { check_event_for_spam: "deny", check_event_allowed: "allow" } });
    const [alice, room] = await aliceInARoom();
    await bridged.serve.stop("SIGKILL");
    await bridged.synapse.logged("hooks follow on_disconnect until it is back");
    const denied = await alice.sendMessage(room, "ham");
    expect([denied.status, (denied.body as Body)["errcode"]]).to.deep.equal([403, "M_FORBIDDEN"]);
    // As Synapse treats an exception of this hook.
    expect(await alice.ask("POST", "/_matrix/client/v3/createRoom", {})).to.have.property("status", 403);
    await bridged.serve.start([{ module: `${MODULES}#WordChecker` }, bridged.recording(`${MODULES}#Recorder`)]);
    await bridged.synapse.logged("ligand serve was restarted");
    await untilIs(200, async () => (await alice.sendMessage(room, "ham")).status);
    expect(await alice.sendMessage(room, "own code")).to.have.property("status", 403);
  });

  it("the life of the bridge fails calls that are running when ligand serve ends", async () => {
    await bridged.start([{ module: `${MODULES}#WordChecker` }], { on_disconnect: { check_event_for_spam: "allow" } });
    const [alice, room] = await aliceInARoom();
    const hanging = alice.sendMessage(room, "never");
    await bridged.serve.printed("a call hangs");
    await bridged.serve.stop("SIGKILL");
    expect(await hanging).to.have.property("status", 200);
  });

  it("the life of the bridge follows the policy for what comes while ligand serve stops, which waits for no call that was given up", async () => {
    await bridged.start([{ module: `${MODULES}#WordChecker`, operate: { on_failure: "allow" } }], {
      call_timeout: 2,
      on_disconnect: { check_event_for_spam: "allow" },
    });
    const [alice, room] = await aliceInARoom();
    const hanging = alice.sendMessage(room, "never");
    await bridged.serve.printed("a call hangs");
    const stopped = bridged.serve.stop();
    // The module refuses it, until the process has its signal.
    const statuses = new Set<number>();
    while (!statuses.has(200)) statuses.add((await alice.sendMessage(room, "own code")).status);
    expect(statuses).not.to.include(500);
    expect(await hanging).to.have.property("status", 200);
    await stopped;
  });

  it("a reload of ligand serve changes who answers Synapse, which logs what it has to be restarted for", async () => {
    await bridged.start([{ module: `${MODULES}#WordChecker` }]);
    const [alice, room] = await aliceInARoom();
    expect(await alice.sendMessage(room, "own code")).to.have.property("status", 403);
    await bridged.serve.configure([{ module: `${SERVING}#ServiceCaller` }]);
    bridged.serve.signal("SIGHUP");
    await bridged.synapse.logged("ligand serve reloaded its modules: ServiceCaller");
    await bridged.synapse.logged("Restart Synapse to use it: web path /_synapse/client/call");
    await bridged.synapse.logged("these count as having no opinion: hook check_event_for_spam");
    expect(await alice.sendMessage(room, "own code")).to.have.property("status", 200);
  });

  it("the life of the bridge says what a restart with other modules changes", async () => {
    await bridged.start([{ module: `${MODULES}#WordChecker` }]);
    const [alice, room] = await aliceInARoom();
    await bridged.serve.stop();
    await bridged.serve.start([{ module: `${MODULES}#Backwards` }, { module: `${SERVING}#ServiceCaller` }]);
    await bridged.synapse.logged(
      "Restart Synapse to use it: login type m.login.password (password), login type org.example.code (code), " +
        "web path /_synapse/client/call, web path /_synapse/client/echo, web path /_synapse/client/sso, " +
        "web path /_synapse/client/whoami",
    );
    await bridged.synapse.logged(
      "these count as having no opinion: hook check_event_for_spam, hook check_media_file_for_spam, " +
        "hook check_username_for_spam, hook user_may_send_state_event",
    );
    await bridged.synapse.logged("modules Backwards, ServiceCaller");
    expect(await alice.sendMessage(room, "own code")).to.have.property("status", 200);
  });

  describe("ligand serve started by Synapse's command", () => {
    const pids = async () =>
      Array.from((await bridged.synapse.log()).matchAll(/as process (\d+)/g), ([, pid]) => Number(pid));

    it("ligand serve started by Synapse's command is restarted when it exits, and stopped with Synapse", async () => {
      await bridged.serve.configure([{ module: `${MODULES}#WordChecker` }]);
      await bridged.startSynapse({ command: bridged.serve.command() });
      const [alice, room] = await aliceInARoom();
      expect(await alice.sendMessage(room, "own code")).to.have.property("status", 403);
      const [first] = (await pids()) as [number];
      process.kill(first, "SIGKILL");
      await bridged.synapse.logged("ended with status -9");
      await bridged.synapse.logged("ligand serve was restarted");
      await bridged.synapse.logged("modules WordChecker");
      const last = (await pids()).at(-1)!;
      expect(last).to.not.equal(first);
      await bridged.synapse.stop();
      expect(isAlive(last)).to.equal(false);
      expect(await bridged.synapse.log()).to.include("stopping on SIGTERM");
    });

    it("ligand serve started by Synapse's command exits with a Synapse that is killed, and the next Synapse starts its own", async () => {
      await bridged.serve.configure([{ module: `${MODULES}#WordChecker` }]);
      // As a wrapper does it, such as npx.
      const command = ["sh", "-c", `${bridged.serve.command().join(" ")}; echo it has ended`];
      await bridged.startSynapse({ command });
      await bridged.synapse.logged("Connected to ligand serve");
      expect(existsSync(bridged.serve.socket)).to.equal(true);
      await bridged.synapse.stop("SIGKILL");
      // The shell ends when what it runs has ended.
      const [shell] = (await pids()) as [number];
      await until(() => !isAlive(shell));
      await bridged.startSynapse({ command });
      const [alice, room] = await aliceInARoom();
      expect(await alice.sendMessage(room, "own code")).to.have.property("status", 403);
    });

    it("ligand serve started by Synapse's command is reported with its output when it can't work", async () => {
      await bridged.serve.configure([{ module: `${MODULES}#Nothing` }]);
      const message = await rejection(bridged.startSynapse({ command: bridged.serve.command() }));
      expect(message).to.include("ended with status 1").and.include("Nothing");
    });
  });

  it("the life of the bridge has two bridges in one list, in order", async () => {
    const { LigandServe } = await import("./ligand-serve.js");
    const second = new LigandServe(bridged.directory, "second");
    await bridged.serve.start([bridged.recording(`${MODULES}#Recorder`)]);
    await second.start([{ module: `${MODULES}#WordChecker` }]);
    const { RunningSynapse } = await import("./running-synapse.js");
    bridged.synapse = await RunningSynapse.start({
      directory: bridged.directory,
      modules: [bridged.serve, second].map(({ socket }) => ({
        module: "ligand_synapse.LigandModules",
        config: { socket },
      })),
    });
    const [alice, room] = await aliceInARoom();
    expect(await alice.sendMessage(room, "own code")).to.have.property("status", 403);
    expect(await alice.sendMessage(room, "forbidden")).to.have.property("status", 403);
    expect(await alice.sendMessage(room, "ham")).to.have.property("status", 200);
    await second.stop();
  });

  it("the life of the bridge stops while calls are running", async () => {
    // Longer than this test may take.
    await bridged.start([{ module: `${MODULES}#WordChecker` }], { call_timeout: 600 });
    const [alice, room] = await aliceInARoom();
    const hanging = rejection(alice.sendMessage(room, "never"));
    await bridged.serve.printed("a call hangs");
    await bridged.synapse.stop();
    expect(await hanging).to.be.a("string");
  });
});
