import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { createLogger, serve, type ServedModules } from "#src/index.js";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import type { Body, MatrixClient } from "./matrix-client.js";

const CLIENT = "/_matrix/client/v3";
const TYPE = "org.example.word";

describe("functions that follow a login", () => {
  let bridged: BridgedSynapse;
  let served: ServedModules;
  let alice: MatrixClient;

  before(async () => {
    bridged = await BridgedSynapse.create();
    await bridged.serve.configure([{ module: `${modulesOf("waiting-modules")}#LetsAllIn` }]);
    const { configFile, socket } = bridged.serve;
    served = await serve({ configFile, address: `unix:${socket}`, logger: createLogger({ level: "error" }) });
    await bridged.startSynapse();
    alice = await bridged.client.register("alice");
  });

  after(async () => {
    await bridged.stop();
    await served.stop();
  });

  async function untilNothingIsKept(): Promise<void> {
    for (const deadline = Date.now() + 60_000; served.health.keptFunctions > 0; await setTimeout(20)) {
      if (Date.now() > deadline) throw new Error(`${served.health.keptFunctions} functions are kept still`);
    }
  }

  function login(): Promise<Body> {
    const identifier = { type: "m.id.user", user: alice.userId };
    return bridged.client.post(`${CLIENT}/login`, { type: TYPE, identifier, word: "please" });
  }

  it("functions that follow a login are called, and not kept any longer", async () => {
    expect(await login()).to.have.property("org.example.greeting", alice.userId);
    expect(served.health.keptFunctions).to.equal(0);
  });

  it("case 256 on Synapse: are released when they aren't called in user-interactive authentication", async () => {
    for (let i = 0; i < 5; i++) {
      const path = `${CLIENT}/devices/${String((await login())["device_id"])}`;
      const { session } = (await alice.ask("DELETE", path, {})).body as { session: string };
      const auth = { type: TYPE, identifier: { type: "m.id.user", user: alice.userId }, word: "please", session };
      expect(await alice.ask("DELETE", path, { auth })).to.have.property("status", 200);
    }
    await untilNothingIsKept();
  });
});
