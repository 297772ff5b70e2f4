import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { serve, type ServedModules } from "#src/index.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { lasting, RecordFolder } from "../decisions/record-folder.js";
import { BridgedSynapse } from "./bridged-synapse.js";
import { roomPath } from "./matrix-client.js";

/** A module that looks at nothing that it's asked about, as a compiler would write it. */
const NO_INVITES = `
import { Codes, deny, Module, SpamChecker } from ${JSON.stringify(pathToFileURL("dist/index.js").href)};

export class NoInvites {
  refuse() {
    return deny(Codes.FORBIDDEN);
  }
}
SpamChecker.userMayInvite()(NoInvites.prototype, "refuse", Object.getOwnPropertyDescriptor(NoInvites.prototype, "refuse"));
Module()(NoInvites);
`;

describe("decisions of modules beside Synapse", () => {
  let bridged: BridgedSynapse;
  let served: ServedModules;
  const folder = new RecordFolder();

  before(async () => {
    bridged = await BridgedSynapse.create();
    const { configFile, socket } = bridged.serve;
    const module = join(dirname(configFile), "no-invites.mjs");
    await writeFile(module, NO_INVITES);
    await bridged.serve.configure([{ module: `${module}#NoInvites` }]);
    served = await serve({
      configFile,
      address: `unix:${socket}`,
      logger: captureLogs({ all: true }).logger,
      decisions: { file: folder.file, personal: "whole" },
    });
    await bridged.startSynapse({});
    await bridged.synapse.logged("Connected to ligand serve");
  });

  after(async () => {
    await bridged.stop();
    await served.stop();
    folder[Symbol.dispose]();
  });

  it("a decision has all that Synapse asked about, also what no module looks at", async () => {
    const alice = await bridged.client.register("alice");
    const bob = await bridged.client.register("bob");
    const room = await alice.createRoom();
    const invite = await alice.ask("POST", `${roomPath(room)}/invite`, { user_id: bob.userId });
    expect(invite).to.have.property("status", 403);
    await served.stop();
    const [record] = folder.records.filter(({ hook }) => hook === "SpamChecker.userMayInvite");
    const { requestId, ...rest } = lasting(record!) as { requestId?: string };
    expect(requestId).to.match(/^POST-\d+$/);
    expect(rest).to.deep.equal({
      version: 1,
      hook: "SpamChecker.userMayInvite",
      origin: "local",
      about: { room, user: alice.userId },
      args: [alice.userId, bob.userId, room],
      callbacks: [
        {
          module: "NoInvites",
          callback: "NoInvites.refuse",
          mode: "enforce",
          answer: { code: "M_FORBIDDEN", fields: { $: "left out" } },
          decided: true,
        },
      ],
      result: { code: "M_FORBIDDEN", fields: { $: "left out" } },
      revision: 1,
    });
  });
});
