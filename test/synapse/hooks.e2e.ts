import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { LigandServe } from "./ligand-serve.js";
import { MatrixClient } from "./matrix-client.js";
import { RunningSynapse } from "./running-synapse.js";

const MODULES = join(import.meta.dirname, "bridged-modules.js");

describe("hooks of a real Synapse", function () {
  this.timeout(120_000);
  let directory: string;
  let serve: LigandServe;
  let synapse: RunningSynapse;
  let alice: MatrixClient;
  let room: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "ligand-synapse-"));
    serve = new LigandServe(directory);
    await serve.start([
      { module: `${MODULES}#WordChecker` },
      { module: `${MODULES}#Recorder`, config: { file: join(directory, "record.jsonl") } },
      { module: `${MODULES}#Backwards` },
    ]);
    synapse = await RunningSynapse.start({
      directory,
      modules: [
        { module: "ligand_synapse.LigandModules", config: { socket: `unix:${serve.socket}`, call_timeout: 2 } },
      ],
    });
    alice = await new MatrixClient(synapse.url).register("alice");
    room = await alice.createRoom({ name: "a room" });
  });

  after(async () => {
    await synapse?.stop();
    await serve.stop();
    await rm(directory, { recursive: true });
  });

  it("lets through what no module is against", async () => {
    expect(await alice.sendMessage(room, "ham")).to.have.property("status", 200);
  });

  it("brings code, text and fields of a denial to the client", async () => {
    const { status, body } = await alice.sendMessage(room, "known code");
    expect({ status, body }).to.deep.equal({
      status: 403,
      body: { errcode: "M_LIMIT_EXCEEDED", error: "Not this, not here", retry_after_ms: 7 },
    });
  });

  it("brings a code that Synapse does not know to the client", async () => {
    const { status, body } = await alice.sendMessage(room, "own code");
    expect({ status, body }).to.deep.equal({
      status: 403,
      body: { errcode: "ORG_EXAMPLE_SPAM", error: "Our own reason", score: 3 },
    });
  });
});
