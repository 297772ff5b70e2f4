import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import type { CallbackRecord, ReadRecord } from "#src/decisions/decision-record.js";
import type { DecisionsOptions } from "#src/decisions/decisions-options.js";
import { decisionsOf } from "#src/container/host.js";
import { bindService, startModules, Users, type UserId } from "#src/index.js";
import { startIsolated } from "#src/on-demand.js";
import { captureLogs } from "#src/testing.js";
import { serverBinding } from "../remote/served.js";
import { RecordFolder } from "./record-folder.js";

const TOKEN = "Bearer a-secret-of-theirs";

/** A module that asks a server for verdicts, and the homeserver in between. As a compiler would write it. */
const moduleFor = (url: string) => `
import { Codes, deny, HttpClient, inject, Module, SpamChecker, Users } from ${JSON.stringify(pathToFileURL("dist/index.js").href)};

export class Reputation {
  async invite(inviter, invitee) {
    await this.users.isUserAdmin(inviter);
    const headers = { "X-Proof": ${JSON.stringify(TOKEN)} };
    const { verdict } = await this.http.getJson(${JSON.stringify(url)} + "/verdict", { headers, args: { q: undefined } });
    await this.users.isUserAdmin(invitee);
    const missing = await this.http.getRaw(${JSON.stringify(url)} + "/missing").catch((error) => error);
    if (inviter === "@zoe:hs") throw new Error("They say " + verdict + " to " + headers["X-Proof"] + ": " + missing.message);
    return deny(Codes.FORBIDDEN);
  }
}
inject(Users)(Reputation.prototype, "users");
inject(HttpClient)(Reputation.prototype, "http");
SpamChecker.userMayInvite()(Reputation.prototype, "invite", Object.getOwnPropertyDescriptor(Reputation.prototype, "invite"));
Module()(Reputation);
`;

const { logger } = captureLogs();
const users = { isUserAdmin: async () => false } as unknown as Users;

describe("what modules in processes ask services of their own", () => {
  let folder: string;
  let server: Server;
  let url: string;
  before(async () => {
    server = createServer((request, response) => {
      if (request.url === "/missing") response.statusCode = 404;
      response.end(JSON.stringify({ verdict: "a-bad-one" }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    folder = await mkdtemp(join(tmpdir(), "ligand-process-reads-"));
    await writeFile(join(folder, "modules.mjs"), moduleFor(url));
    await writeFile(join(folder, "here.yaml"), "modules:\n  - module: ./modules.mjs#Reputation\n");
    await writeFile(
      join(folder, "there.yaml"),
      "modules:\n  - { module: ./modules.mjs#Reputation, operate: { process: own } }\n",
    );
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  async function callbackOf(file: string, inviter: UserId, decisions: DecisionsOptions): Promise<CallbackRecord> {
    await using host = await startModules({
      configFile: join(folder, file),
      logger,
      services: [serverBinding(), bindService(Users, users)],
      decisions,
    });
    await Promise.resolve(host.hooks.spamChecker.userMayInvite(inviter, "@bob:hs", "!room:hs")).catch(() => undefined);
    const made = decisionsOf(host);
    made.drain();
    const { ms: _, ...callback } = made.recent(1)[0]!.callbacks[0]!;
    return callback;
  }

  for (const [kept, decisions] of Object.entries<DecisionsOptions>({
    "everything but secrets": { personal: "whole", bodies: true },
    "neither names nor bodies": { personal: "none", bodies: false },
  })) {
    for (const inviter of ["@ann:hs", "@zoe:hs"] as const) {
      const ends = inviter === "@ann:hs" ? "answers" : "fails";
      it(`where ${kept} may be kept, a module that ${ends} in a process is recorded as in the homeserver's, with what its HttpClient answered`, async () => {
        const here = await callbackOf("here.yaml", inviter, decisions);
        const there = await callbackOf("there.yaml", inviter, decisions);
        expect(there).to.deep.equal(here);
        expect(there.reads!.map(({ service }) => service)).to.deep.equal([
          "Users.isUserAdmin",
          "HttpClient.getJson",
          "Users.isUserAdmin",
          "HttpClient.getRaw",
        ]);
        expect(JSON.stringify(there)).not.to.contain(TOKEN);
        if (!decisions.bodies) expect(JSON.stringify(there)).not.to.contain("a-bad-one");
      });
    }
  }

  it("an isolated module is recorded to a file with what its HttpClient answered", async () => {
    using records = new RecordFolder();
    const host = await startIsolated({
      configFile: join(folder, "here.yaml"),
      logger,
      services: [serverBinding(), bindService(Users, users)],
      decisions: { file: records.file, personal: "whole", bodies: true },
    });
    try {
      await host.hooks.spamChecker.userMayInvite("@ann:hs", "@bob:hs", "!room:hs");
    } finally {
      await host.stop();
    }
    const reads: readonly ReadRecord[] = [
      { service: "Users.isUserAdmin", args: ["@ann:hs"], answer: false },
      {
        service: "HttpClient.getJson",
        args: [`${url}/verdict`, { headers: { $: "secret" }, args: {} }],
        answer: { verdict: "a-bad-one" },
      },
      { service: "Users.isUserAdmin", args: ["@bob:hs"], answer: false },
      {
        service: "HttpClient.getRaw",
        args: [`${url}/missing`],
        error: {
          name: "HttpResponseError",
          code: "LIGAND_SERVICE_FAILED",
          message: "the server answered with status 404 Not Found",
        },
      },
    ];
    expect(records.records[0]!.callbacks[0]!.reads).to.deep.equal(reads);
  });
});
