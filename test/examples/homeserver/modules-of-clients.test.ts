import { expect } from "chai";
import { AutoAcceptInvites } from "#examples/auto-accept-invites/auto-accept-invites.js";
import {
  Codes,
  deny,
  Module,
  NOT_SPAM,
  PasswordAuth,
  SpamChecker,
  ThirdPartyRules,
  type DeviceId,
  type JsonObject,
  type MatrixError,
  type RoomEvent,
  type UserId,
} from "#src/index.js";
import { until } from "../../until.js";
import { startOn, type TestServer } from "./running.js";
import { MEMORY } from "./storages.js";

const V3 = "/_matrix/client/v3";

/** What the hooks of a test were asked, and whether they refuse. */
const seen: unknown[] = [];
let refuses = false;

@Module()
class Witness {
  @SpamChecker.checkEventForSpam()
  checkForSpam({ type }: RoomEvent) {
    if (type !== "m.room.topic") return NOT_SPAM;
    seen.push("checkEventForSpam");
    return refuses ? deny(Codes.FORBIDDEN, { error: "No topics" }) : NOT_SPAM;
  }

  @ThirdPartyRules.checkEventAllowed()
  checkAllowed({ type }: RoomEvent) {
    if (type === "m.room.topic") seen.push("checkEventAllowed");
    return [true, null] as const;
  }

  @PasswordAuth.onLoggedOut()
  onLoggedOut(userId: UserId, deviceId: DeviceId | null, accessToken: string) {
    seen.push([userId, deviceId, accessToken]);
  }
}

describe("modules of the example homeserver", () => {
  let server: TestServer;

  before(async () => {
    server = await startOn(MEMORY, {
      modules: [{ module: Witness }, { module: AutoAcceptInvites, config: { only_for_direct_messages: true } }],
    });
  });

  beforeEach(() => {
    seen.length = 0;
    refuses = false;
  });

  after(() => server.stop());

  it("modules of the example homeserver are asked about state that is the same as before, and may refuse it", async () => {
    const alice = await server.register("alice1");
    const { room_id: room } = await alice.ask("POST", `${V3}/createRoom`);
    const topic = (body: JsonObject) =>
      alice.ask("PUT", `${V3}/rooms/${encodeURIComponent(String(room))}/state/m.room.topic`, { body });
    const first = await topic({ topic: "new", x: 1 });
    seen.length = 0;
    expect(await topic({ x: 1, topic: "new" })).to.deep.equal(first);
    expect(seen).to.deep.equal(["checkEventAllowed", "checkEventForSpam"]);
    refuses = true;
    const refusal = await topic({ topic: "new", x: 1 }).catch((error: MatrixError) => error.message);
    expect(refusal).to.equal("No topics");
  });

  it("modules of the example homeserver are notified of a token that ends since its device logs in again", async () => {
    const alice = await server.register("alice2");
    const deviceId = String(alice.body.device_id);
    const identifier = { type: "m.id.user", user: "alice2" };
    const body = { type: "m.login.password", identifier, password: "secret", device_id: deviceId };
    const { access_token: token } = await alice.ask("POST", `${V3}/login`, { body });
    expect(seen).to.deep.equal([[alice.userId, deviceId, alice.accessToken]]);
    expect(token).to.not.equal(alice.accessToken);
    const refusal = await alice.ask("GET", `${V3}/account/whoami`).catch((error: MatrixError) => error.errcode);
    expect(refusal).to.equal("M_UNKNOWN_TOKEN");
  });

  it("modules of the example homeserver join once for an invited user whose client joins as well", async () => {
    const alice = await server.register("alice3");
    const bob = await server.register("bob3");
    const body = { invite: [bob.userId], is_direct: true };
    const { room_id: room } = await alice.ask("POST", `${V3}/createRoom`, { body });
    const path = `${V3}/rooms/${encodeURIComponent(String(room))}`;
    const joins = async () => {
      const { chunk } = await alice.ask<{ chunk: RoomEvent[] }>("GET", `${path}/messages`, { query: { limit: "100" } });
      return chunk
        .map(({ type, sender, content }) => ({ type, sender, content }))
        .filter(
          ({ type, sender, content }) =>
            type === "m.room.member" && sender === bob.userId && content.membership === "join",
        );
    };
    await until(async () => (await joins()).length > 0);
    await bob.ask("POST", `${path}/join`);
    expect((await joins()).map(({ content }) => content)).to.deep.equal([{ displayname: "bob3", membership: "join" }]);
  });
});
