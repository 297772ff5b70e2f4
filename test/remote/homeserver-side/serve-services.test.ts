import { expect } from "chai";
import { serveServices } from "#src/remote/homeserver-side/serve-services.js";
import { connectTo, listen } from "#src/remote/wire/listen.js";
import { parseSocketAddress } from "#src/remote/wire/listen-address.js";
import { Peer } from "#src/remote/wire/peer.js";
import { PeerHandles } from "#src/remote/wire/peer-handles.js";
import { CallService } from "#src/remote/wire/protocol.js";
import type { ServiceLookup } from "#src/services/bind-service.js";
import { SERVICES } from "#src/services/services.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { createInMemoryHomeserver } from "#src/testing/in-memory-homeserver.js";
import { unixAddress } from "../served.js";

describe("the services that a homeserver lends", () => {
  it("a peer reaches only the methods that a service declares, and only those that run in the homeserver", async () => {
    const { services } = createInMemoryHomeserver({ logger: captureLogs().logger });
    const find = (token: unknown): never =>
      ({ [SERVICES.Users.name]: services.users, [SERVICES.PushRules.name]: services.pushRules })[
        (token as Function).name
      ] as never;
    const lookup: ServiceLookup = { get: find, find };
    const address = parseSocketAddress(unixAddress());
    const server = await listen(address, (socket) => {
      const peer = new Peer(socket);
      serveServices(peer, new PeerHandles(peer), lookup);
      peer.listen();
    });
    const peer = new Peer(await connectTo(address));
    peer.listen();
    const outcomes: Record<string, string> = {};
    for (const [service, method] of [
      ["Users", "checkUserExists"],
      ["Users", "storeUserAdmin"],
      ["Users", "noSuch"],
      ["Users", "constructor"],
      ["Users", "hasOwnProperty"],
      ["PushRules", "checkPushRuleActions"],
      ["Clock", "nowMs"],
      ["Rooms", "deleteRoom"],
      ["constructor", "constructor"],
    ] as const) {
      const call = { service, method, args: ["@alice:example.org"] };
      outcomes[`${service}.${method}`] = await peer
        .ask(CallService, call, method)
        .then(String, (error: Error) => error.message);
    }
    peer.close();
    server.close();
    const none = (name: string) => [name, `this homeserver has no service method ${name}`] as const;
    expect(outcomes).to.deep.equal({
      "Users.checkUserExists": "null",
      ...Object.fromEntries(
        [
          "Users.storeUserAdmin",
          "Users.noSuch",
          "Users.constructor",
          "Users.hasOwnProperty",
          "PushRules.checkPushRuleActions",
          "Clock.nowMs",
          "Rooms.deleteRoom",
          "constructor.constructor",
        ].map(none),
      ),
    });
  });
});
