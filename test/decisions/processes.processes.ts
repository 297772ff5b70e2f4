import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { decisionsOf } from "#src/container/host.js";
import type { DecisionRecord } from "#src/decisions/decision-record.js";
import { bindService, remoteHost, startModules, Users, type UserId } from "#src/index.js";
import { startIsolated } from "#src/on-demand.js";
import type { IsolatedOptions } from "#src/start-isolated.js";
import { captureLogs } from "#src/testing.js";
import { serveProcess } from "../cli/served-process.js";
import { serverBinding, unixAddress } from "../remote/served.js";
import { lasting, RecordFolder } from "./record-folder.js";

/** Modules that let administrators invite, as a compiler would write them. */
const MODULES = `
import { Codes, deny, inject, Module, NOT_SPAM, SpamChecker, Users } from ${JSON.stringify(pathToFileURL("dist/index.js").href)};

export class Passes {
  async invite() {
    return NOT_SPAM;
  }
}
export class Admins {
  async invite(inviter) {
    return (await this.users.isUserAdmin(inviter)) ? NOT_SPAM : deny(Codes.FORBIDDEN, { error: "Not you" });
  }
}
inject(Users)(Admins.prototype, "users");
for (const Class of [Passes, Admins]) {
  SpamChecker.userMayInvite()(Class.prototype, "invite", Object.getOwnPropertyDescriptor(Class.prototype, "invite"));
  Module()(Class);
}
`;
const { logger } = captureLogs();
const users = { isUserAdmin: async (user: UserId) => user === "@root:hs" } as unknown as Users;
const decided = (asked: string) => [
  { module: "Passes", callback: "Passes.invite", mode: "enforce", answer: "NOT_SPAM" },
  {
    module: "Admins",
    callback: "Admins.invite",
    mode: "enforce",
    answer: { code: "M_FORBIDDEN", error: "Not you", fields: {} },
    decided: true,
    reads: [{ service: "Users.isUserAdmin", args: [asked], answer: false }],
  },
  { module: "Last", callback: "Passes.invite", mode: "enforce", notAsked: "decided before" },
];

describe("decisions of modules in other processes", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ligand-decisions-"));
    await writeFile(join(folder, "modules.mjs"), MODULES);
  });
  after(() => rm(folder, { recursive: true }));

  async function configuration(name: string, operate: string): Promise<string> {
    const file = join(folder, name);
    const entries = ["#Passes,", "#Admins,", "#Passes, id: Last,"].map(
      (entry) => `  - { module: ./modules.mjs${entry.replace(/,.*/, "")}${entry.replace(/^[^,]*/, "")} ${operate} }\n`,
    );
    await writeFile(file, `modules:\n${entries.join("")}`);
    return file;
  }

  it("modules that share a process are recorded as those of the homeserver's are, with what the homeserver's services answered each", async () => {
    const configFile = await configuration("shared.yaml", "operate: { process: shared }");
    await using host = await startModules({
      configFile,
      logger,
      services: [bindService(Users, users)],
      decisions: { personal: "whole", bodies: true },
    });
    await Promise.all(
      ["@ann:hs", "@zoe:hs"].map(async (user) =>
        host.hooks.spamChecker.userMayInvite(user as UserId, "@bob:hs", "!room:hs", { requestId: user }),
      ),
    );
    const decisions = decisionsOf(host);
    decisions.drain();
    const records = decisions.recent(2).toSorted((one, other) => one.requestId!.localeCompare(other.requestId!));
    expect(records.map((record) => (lasting(record) as DecisionRecord).callbacks)).to.deep.equal([
      decided("@ann:hs"),
      decided("@zoe:hs"),
    ]);
  });

  it("isolated modules are recorded to a file, with what the homeserver's services answered, until they stop", async () => {
    using records = new RecordFolder();
    const host = await startIsolated({
      configFile: await configuration("isolated.yaml", ""),
      logger,
      services: [serverBinding(), bindService(Users, users)],
      decisions: { file: records.file, personal: "whole", bodies: true },
    });
    try {
      await host.hooks.spamChecker.userMayInvite("@ann:hs", "@bob:hs", "!room:hs", { requestId: "PUT-3" });
    } finally {
      await host.stop();
    }
    expect(records.records.map(lasting)).to.deep.equal([
      {
        version: 1,
        hook: "SpamChecker.userMayInvite",
        requestId: "PUT-3",
        about: { room: "!room:hs", user: "@ann:hs" },
        args: ["@ann:hs", "@bob:hs", "!room:hs"],
        callbacks: decided("@ann:hs"),
        result: { code: "M_FORBIDDEN", error: "Not you", fields: {} },
        revision: 1,
      },
    ]);
  });

  it("decisions of isolated modules need a file: nothing else shows them", async () => {
    const options = { configFile: "modules.yaml", services: [serverBinding()], decisions: { bodies: true } };
    const error = (await startIsolated(options as unknown as IsolatedOptions).catch(
      (thrown: unknown) => thrown,
    )) as Error;
    expect(error.message).to.equal("startIsolated: `decisions.file` is missing");
  });

  it("`ligand serve --record` records what modules beside a homeserver decide, with what its services answered", async () => {
    using records = new RecordFolder();
    const address = unixAddress();
    const served = await serveProcess(await configuration("served.yaml", ""), address, {
      args: ["--record", records.file, "--record-personal", "whole", "--record-bodies", "--record-keep", "decided"],
    });
    try {
      const host = await remoteHost({ address, services: [serverBinding(), bindService(Users, users)] });
      const { userMayInvite } = host.hooks.spamChecker;
      expect(await userMayInvite("@root:hs", "@bob:hs", "!room:hs")).to.equal("NOT_SPAM");
      await userMayInvite("@ann:hs", "@bob:hs", "!room:hs", { requestId: "PUT-3", origin: "local" });
      await host.stop();
    } finally {
      served.child.kill();
    }
    expect(await served.ended).to.equal("0");
    expect(records.records.map(lasting)).to.deep.equal([
      {
        version: 1,
        hook: "SpamChecker.userMayInvite",
        origin: "local",
        requestId: "PUT-3",
        about: { room: "!room:hs", user: "@ann:hs" },
        args: ["@ann:hs", "@bob:hs", "!room:hs"],
        callbacks: decided("@ann:hs"),
        result: { code: "M_FORBIDDEN", error: "Not you", fields: {} },
        revision: 1,
      },
    ]);
  });
});
