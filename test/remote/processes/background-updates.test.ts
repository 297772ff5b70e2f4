import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { ModuleFailedError, type LigandError } from "#src/index.js";
import { Peer } from "#src/remote/wire/peer.js";
import { PeerHandles } from "#src/remote/wire/peer-handles.js";
import { outcomeOf } from "../served.js";
import { socketPair } from "./local-process.js";
import { PerformingHost } from "./performing-host.js";
import { ACTS } from "./performing-module.js";

const pacing = (...keys: readonly string[]) => [
  `{ module: "performing#Pacing", operate: { ${["process: own", ...keys].join(", ")} } }`,
];

/** A slot of a module whose process doesn't answer, and what happens when an update enters it. */
async function enteringSilence(...keys: readonly string[]) {
  const performing = await PerformingHost.start(pacing("timeout: 50ms", ...keys));
  const [silent] = socketPair();
  const peer = new Peer(silent);
  performing.made[0]!.link = { peer, handles: new PeerHandles(peer) };
  const slot = performing.host.hooks.backgroundUpdates.onUpdate("an_update", "master", false)!;
  const entered = await outcomeOf(() => slot.enter());
  const left = await outcomeOf(() => slot.exit());
  const { calls, failures, timeouts } = performing.host.health().modules[0]!;
  const logged = performing.logs
    .filter(({ hook }) => hook === "BackgroundUpdates.onUpdate")
    .map(({ level, message }) => [level, message]);
  peer.close();
  silent.destroy();
  await performing[Symbol.asyncDispose]();
  return { entered, left, logged, counted: { calls, failures, timeouts } };
}

const LATE = "callback Pacing.pace of module Pacing on BackgroundUpdates.onUpdate failed: no answer within 50 ms";

describe("on_failure of background updates in a process", () => {
  it("on_failure: allow lets a background update run at the homeserver's pace where the module's process doesn't answer", async () => {
    const { entered, left, logged, counted } = await enteringSilence("on_failure: allow");
    expect({ entered, left }).to.deep.equal({ entered: { result: 100 }, left: { result: undefined } });
    expect(logged).to.deep.equal([["warn", LATE]]);
    expect(counted).to.deep.equal({ calls: 1, failures: 1, timeouts: 1 });
  });

  it("on_failure: error fails a background update without a word of its module where the module's process doesn't answer", async () => {
    const { entered, counted } = await enteringSilence("on_failure: error");
    const { error } = entered as { error: Error };
    expect(error).to.be.instanceOf(ModuleFailedError);
    expect(error.message).to.equal("a module failed");
    expect(counted).to.deep.equal({ calls: 1, failures: 1, timeouts: 1 });
  });

  it("on_failure doesn't hold for what the slot of a background update does", async () => {
    ACTS.pace = () => ({ enter: () => Promise.reject(new Error("not now")), exit: async () => {} });
    await using performing = await PerformingHost.start(pacing("on_failure: allow"));
    const slot = performing.host.hooks.backgroundUpdates.onUpdate("an_update", "master", false)!;
    const { error } = (await outcomeOf(() => slot.enter())) as { error: Error };
    expect(error.message).to.equal("a function of the other side: Error: not now");
  });
});

describe("the timeout of background updates in a process", () => {
  it("is how long the process may take to answer with a slot", async () => {
    await using performing = await PerformingHost.start(pacing("timeout: 50ms"));
    const [silent] = socketPair();
    const peer = new Peer(silent);
    performing.made[0]!.link = { peer, handles: new PeerHandles(peer) };
    const { onUpdate } = performing.host.hooks.backgroundUpdates;
    const slot = onUpdate("an_update", "master", false)!;
    const { error } = (await outcomeOf(() => slot.enter())) as { error: LigandError };
    expect([error.code, error.message]).to.deep.equal(["LIGAND_CALLBACK_TIMEOUT", "no answer within 50 ms"]);
    const errors = performing.logs.filter(({ hook }) => hook === "BackgroundUpdates.onUpdate");
    expect(errors.map(({ level, module }) => [level, module])).to.deep.equal([["error", "Pacing"]]);
    peer.close();
    silent.destroy();
  });

  it("isn't how long a slot may wait, which may be hours", async () => {
    ACTS.pace = () => ({
      enter: async () => {
        await setTimeout(2000);
        return 7;
      },
      exit: async () => {},
    });
    await using performing = await PerformingHost.start(pacing("hooks: { onUpdate: { timeout: 1s } }"));
    const { onUpdate } = performing.host.hooks.backgroundUpdates;
    expect(await onUpdate("an_update", "master", false)!.enter()).to.equal(7);
  });
});
