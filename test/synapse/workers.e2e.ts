import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import { MatrixClient, roomPath, seen, untilStatus, type Body } from "./matrix-client.js";
import type { RunningSynapse } from "./running-synapse.js";
import { SynapseWithWorker, WORKER } from "./synapse-with-worker.js";

describe("a Synapse with a worker", () => {
  let bridged: BridgedSynapse;
  let synapse: SynapseWithWorker;
  /** One account, as its client sees it through each process. */
  let atMain: MatrixClient;
  let atWorker: MatrixClient;
  let room: string;

  before(async () => {
    bridged = await BridgedSynapse.create();
    await bridged.serve.start(
      [bridged.recording(`${modulesOf("worker-modules")}#ProcessProbe`)],
      "--log-format",
      "json",
      "--log-level",
      "debug",
    );
    synapse = await SynapseWithWorker.start(bridged.directory, [
      { module: "ligand_synapse.LigandModules", config: { socket: `unix:${bridged.serve.socket}` } },
    ]);
    await synapse.main.logged("Connected to ligand serve");
    await synapse.worker.logged("Connected to ligand serve");
    atMain = await new MatrixClient(synapse.main.url).register("alice");
    atWorker = atMain.through(synapse.worker.url);
    room = await atMain.createRoom();
  });

  after(async () => {
    await synapse?.stop();
    await bridged.stop();
  });

  it("a Synapse with a worker has one ligand serve for both processes", () => {
    const lines = bridged.serve.output.split("\n");
    const connections = lines.flatMap(
      (line) => /"(?:message|msg)":"connection \d+: (Synapse [^"]+)"/.exec(line)?.[1] ?? [],
    );
    expect(new Set(connections)).to.deep.equal(
      new Set(["Synapse 1.163.2, main process", `Synapse 1.163.2, ${WORKER}`]),
    );
  });

  it("a Synapse with a worker answers hooks on the process that serves the request, and asks services there", async () => {
    expect(await atWorker.sendMessage(room, "by the worker")).to.have.property("status", 200);
    expect(await atMain.sendMessage(room, "by the main process")).to.have.property("status", 200);
    const asked = (await bridged.recorded("checkEventForSpam")).map(([body, process]) => [body, process]);
    expect(asked).to.deep.equal([
      ["by the worker", "worker"],
      ["by the main process", "main"],
    ]);
  });

  it("a Synapse with a worker denies on both processes", async () => {
    for (const client of [atWorker, atMain]) {
      expect(seen(await client.sendMessage(room, "spam"))).to.deep.equal({
        status: 403,
        body: { errcode: "M_FORBIDDEN", error: "This message has been rejected as probable spam" },
      });
    }
  });

  it("a Synapse with a worker answers logins on the main process", async () => {
    const { status } = await new MatrixClient(synapse.main.url).tryToLogin("alice", "m.login.password", {
      password: "secret",
    });
    expect(status).to.equal(200);
    expect(await bridged.recorded("checkLoginForSpam")).to.deep.equal([[atMain.userId, "main"]]);
  });

  it("a Synapse with a worker adds fields to events on the process that shows them", async () => {
    const { event_id } = (await atWorker.sendMessage(room, "to be shown")).body as { event_id: string };
    for (const [client, process] of [
      [atMain, "main"],
      [atWorker, "worker"],
    ] as const) {
      const shown = await client.get<{ rooms: { join: Record<string, { timeline: { events: Body[] } }> } }>(
        "/_matrix/client/v3/sync",
      );
      const event = shown.rooms.join[room]!.timeline.events.find((event) => event["event_id"] === event_id)!;
      expect((event["unsigned"] as Body)["org.example.process"]).to.equal(process);
    }
    expect((await atWorker.readEvent(room, event_id))["event_id"]).to.equal(event_id);
  });

  it("case 449 on Synapse: a Synapse with a worker notifies modules of a new event in each process", async () => {
    const { event_id } = (await atWorker.sendMessage(room, "news")).body as { event_id: string };
    const isIt = (args: unknown[]) => args[0] === event_id;
    await bridged.untilRecorded("onNewEvent", (args) => isIt(args) && args[2] === "main");
    await bridged.untilRecorded("onNewEvent", (args) => isIt(args) && args[2] === "worker");
    const told = (await bridged.recorded("onNewEvent")).filter(isIt).map(([, , process]) => process);
    expect(told).to.have.members(["main", "worker"]);
  });

  it("case 347 on Synapse: @Every runs once for all processes, and asks the main process (differs: modules have one process beside all of Synapse's, which runs background tasks)", async () => {
    // Long enough for a second timer to be seen.
    while ((await bridged.recorded("tick")).length < 10) await setTimeout(50);
    const ticks = await bridged.recorded("tick");
    expect(new Set(ticks.map(([instance]) => instance))).to.have.property("size", 1);
    expect(new Set(ticks.map(([, process]) => process))).to.deep.equal(new Set(["main"]));
  });

  it("case 363 on Synapse: a value that @Cached keeps is one for all processes, until one of them has it invalidated", async () => {
    const lookUp = async (client: MatrixClient): Promise<unknown> => {
      const text = `look up ${Math.random()}`;
      await client.sendMessage(room, text);
      return (await bridged.recorded("checkEventForSpam")).find(([body]) => body === text)?.[2];
    };
    const first = await lookUp(atWorker);
    expect(await lookUp(atMain)).to.equal(first);
    await new MatrixClient(synapse.main.url).tryToLogin("alice", "m.login.password", { password: "secret" });
    const second = await lookUp(atWorker);
    expect(second).to.not.equal(first);
    expect(await lookUp(atMain)).to.equal(second);
  });

  it("a Synapse with a worker brings both processes back after ligand serve was killed", async () => {
    await bridged.serve.stop("SIGKILL");
    await synapse.main.logged("hooks follow on_disconnect until it is back");
    await synapse.worker.logged("hooks follow on_disconnect until it is back");
    await bridged.serve.start([bridged.recording(`${modulesOf("worker-modules")}#ProcessProbe`)]);
    await synapse.main.logged("ligand serve was restarted");
    await synapse.worker.logged("ligand serve was restarted");
    for (const client of [atWorker, atMain]) await untilStatus(403, () => client.sendMessage(room, "spam"));
    expect(await atWorker.ask("GET", `${roomPath(room)}/joined_members`)).to.have.property("status", 200);
  });
});

describe("a Synapse with a worker, whose processes share a command", () => {
  it("a Synapse with a worker, whose processes share a command starts one ligand serve, by the main process, which continues without the worker", async () => {
    const bridged = await BridgedSynapse.create();
    await bridged.serve.configure([{ module: `${modulesOf("bridged-modules")}#WordChecker` }]);
    const config = { socket: `unix:${bridged.serve.socket}`, command: bridged.serve.command() };
    const synapse = await SynapseWithWorker.start(bridged.directory, [
      { module: "ligand_synapse.LigandModules", config },
    ]);
    try {
      const alice = await new MatrixClient(synapse.main.url).register("alice");
      const room = await alice.createRoom();
      expect(await alice.through(synapse.worker.url).sendMessage(room, "own code")).to.have.property("status", 403);
      const started = async (process: RunningSynapse) => (await process.log()).match(/Started `/g)?.length ?? 0;
      expect([await started(synapse.main), await started(synapse.worker)]).to.deep.equal([1, 0]);
      await synapse.worker.stop("SIGKILL");
      expect(await alice.sendMessage(room, "own code")).to.have.property("status", 403);
      expect(await alice.sendMessage(room, "ham")).to.have.property("status", 200);
      expect(await started(synapse.main)).to.equal(1);
    } finally {
      await synapse.stop();
      await bridged.stop();
    }
    expect(existsSync(bridged.serve.socket)).to.equal(false);
  });
});
