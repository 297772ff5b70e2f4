import { resolve } from "node:path";
import { expect } from "chai";
import { bindService, Profiles, Users } from "#src/index.js";
import { serveServices } from "#src/remote/homeserver-side/serve-services.js";
import type { NewProcess } from "#src/remote/homeserver-side/remote-modules.js";
import { Peer } from "#src/remote/wire/peer.js";
import { PeerHandles } from "#src/remote/wire/peer-handles.js";
import { CallService } from "#src/remote/wire/protocol.js";
import { outcomeOf } from "../served.js";
import { localHost } from "./local-host.js";
import { socketPair } from "./local-process.js";

describe("services of a process of modules", () => {
  it("a service that a module of the process injects is lent to it, and another one is refused over the wire", async () => {
    const module = resolve("test/fixtures/processes/telling.mjs");
    const started: NewProcess[] = [];
    const users = bindService(Users, { isUserAdmin: async () => true } as unknown as Users);
    const profiles = bindService(Profiles, { getDisplayname: async () => "Alice" } as unknown as Profiles);
    await using _ = await localHost([`{ module: "${module}#Telling", operate: { process: own } }`], {
      services: [users, profiles],
      onProcess: (what) => void started.push(what),
    });
    const [{ services, calls }] = started as [NewProcess];
    const [here, there] = socketPair();
    const homeserver = new Peer(here);
    serveServices(homeserver, new PeerHandles(homeserver), services, calls);
    homeserver.listen();
    const modules = new Peer(there);
    modules.listen();
    const ask = (service: string, method: string) =>
      outcomeOf(() => modules.ask(CallService, { service, method, args: ["@alice:example.org"] }, "a service"));
    expect(await ask("Users", "isUserAdmin")).to.deep.equal({ result: true });
    const refused = (await ask("Profiles", "getProfileForUser")) as { error: Error & { code: string } };
    expect([refused.error.code, refused.error.message]).to.deep.equal([
      "LIGAND_REMOTE_PROTOCOL",
      "this homeserver has no service method Profiles.getProfileForUser",
    ]);
    modules.close();
  });
});
