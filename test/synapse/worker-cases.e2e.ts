import { expect } from "chai";
import { createLogger, LigandError, serve, type ServedModules, type UserId } from "#src/index.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import { MatrixClient, seen } from "./matrix-client.js";
import { PresenceReader, setPresence } from "./presence-reader.js";
import { services } from "./service-board.js";
import { hangUp, when } from "./switchboard.js";
import { SynapseWithWorker, WORKER } from "./synapse-with-worker.js";

const UNLIMITED = { per_second: 10_000, burst_count: 10_000 };

describe("cases of workers on Synapse", () => {
  let bridged: BridgedSynapse;
  let served: ServedModules;
  let synapse: SynapseWithWorker;
  let alice: MatrixClient;
  let bob: MatrixClient;
  let room: string;

  before(async () => {
    bridged = await BridgedSynapse.create();
    await bridged.serve.configure([
      { module: `${modulesOf("switchboard")}#Switchboard` },
      { module: `${modulesOf("service-board")}#ServiceBoard` },
    ]);
    const { configFile, socket } = bridged.serve;
    served = await serve({ configFile, address: `unix:${socket}`, logger: createLogger({ level: "error" }) });
    const bridge = { module: "ligand_synapse.LigandModules", config: { socket: `unix:${socket}` } };
    synapse = await SynapseWithWorker.start(bridged.directory, [bridge], {
      stream_writers: { presence: [WORKER] },
      rc_presence: { per_user: UNLIMITED },
    });
    for (const process of [synapse.main, synapse.worker]) await process.logged("Connected to ligand serve");
    const client = new MatrixClient(synapse.main.url);
    alice = await client.register("alice");
    bob = await client.register("bob");
    room = await alice.createRoom({ preset: "public_chat" });
    await bob.post(`/_matrix/client/v3/join/${encodeURIComponent(room)}`);
  });

  after(async () => {
    await synapse?.stop();
    await served?.stop();
    await bridged.stop();
  });
  afterEach(hangUp);

  /** Has a module work while it is asked by a process of Synapse. */
  async function on<T>(process: "main" | "worker", work: () => Promise<T>): Promise<T> {
    let working: Promise<T> | undefined;
    when("checkEventForSpam", async () => {
      await (working = work()).catch(() => undefined);
      return "NOT_SPAM";
    });
    const { status } = await alice.through(synapse[process].url).sendMessage(room, "work");
    if (!working) throw new Error(`no module was asked, and the message got ${status}`);
    return working;
  }

  it("case 327 on Synapse: on a worker that writes presence, each device gets the snapshot once, without who is offline", async () => {
    const login = await bob.tryToLogin(bob.userId, "m.login.password", { password: "secret" });
    const tablet = (login.body as { access_token: string }).access_token;
    const devices = [bob.accessToken, tablet].map(
      (token) => new PresenceReader(new MatrixClient(synapse.worker.url, bob.userId, token)),
    );
    const eachSees = () => Promise.all(devices.map((device) => device.next()));
    const inform = () => on("worker", () => services().presence.sendLocalOnlinePresenceTo([bob.userId as UserId]));
    const atWorker = alice.through(synapse.worker.url);
    await setPresence(atWorker, "online");
    const snapshot = [{ userId: alice.userId, presence: "online" }];
    expect(await eachSees()).to.deep.equal([snapshot, snapshot]);
    expect(await eachSees()).to.deep.equal([[], []]);
    await inform();
    expect(await eachSees()).to.deep.equal([snapshot, snapshot]);
    expect(await eachSees()).to.deep.equal([[], []]);
    await setPresence(atWorker, "offline");
    await eachSees();
    await inform();
    expect(await eachSees()).to.deep.equal([[], []]);
  });

  it("case 329 on Synapse: sendLocalOnlinePresenceTo throws in a process that doesn't write presence", async () => {
    const inform = () => services().presence.sendLocalOnlinePresenceTo([bob.userId as UserId]);
    expect(await codeOf(on("main", inform))).to.equal("LIGAND_NOT_SUPPORTED");
  });

  it("case 337 on Synapse: setPushRuleAction throws on a worker and for another scope than global", async () => {
    const set = (scope: string) => () =>
      services().pushRules.setPushRuleAction(
        alice.userId as UserId,
        scope as "global",
        "underride",
        ".m.rule.message",
        ["notify"],
      );
    expect(await codeOf(on("worker", set("global")))).to.equal("LIGAND_NOT_SUPPORTED");
    expect(await codeOf(on("main", set("device")))).to.equal("LIGAND_ARGUMENT_INVALID");
    await on("main", set("global"));
  });

  it("case 392 on Synapse: a web resource is served by every HTTP listener of every process", async () => {
    for (const url of synapse.urls) {
      expect(seen(await new MatrixClient(url).ask("GET", "/_synapse/client/board/below")), url).to.deep.equal({
        status: 200,
        body: { path: "/_synapse/client/board/below" },
      });
    }
  });
});

async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
  } catch (error) {
    if (error instanceof LigandError) return error.code;
    throw error;
  }
  return undefined;
}
