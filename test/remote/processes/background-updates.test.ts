import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import type { LigandError } from "#src/index.js";
import { Peer } from "#src/remote/wire/peer.js";
import { PeerHandles } from "#src/remote/wire/peer-handles.js";
import { outcomeOf } from "../served.js";
import { socketPair } from "./local-process.js";
import { PerformingHost } from "./performing-host.js";
import { ACTS } from "./performing-module.js";

const pacing = (...keys: readonly string[]) => [
  `{ module: "performing#Pacing", operate: { ${["process: own", ...keys].join(", ")} } }`,
];

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
