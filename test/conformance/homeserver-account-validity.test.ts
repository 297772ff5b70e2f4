import { expect } from "chai";
import { AccountValidity, type MatrixError, Module, type UserId } from "#src/index.js";
import { asServer, testModule, testModules, userId } from "#src/testing.js";
import { failureOf } from "../services/small-services.js";

const ALICE = userId("alice");
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

@Module()
class Validity {
  expired: boolean | null = null;
  readonly calls: unknown[][] = [];

  @AccountValidity.isUserExpired()
  isUserExpired(user: UserId) {
    this.calls.push(["isUserExpired", user]);
    return this.expired;
  }

  @AccountValidity.onUserRegistration()
  onUserRegistration(user: UserId) {
    this.calls.push(["onUserRegistration", user]);
  }

  @AccountValidity.onUserLogin()
  onUserLogin(user: UserId, type: string | null, provider: string | null) {
    this.calls.push(["onUserLogin", user, type, provider]);
  }
}

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  const { status, errcode } = (await failureOf(promise)) as MatrixError;
  return [status, errcode];
}

const EXPIRED = [403, "ORG_MATRIX_EXPIRED_ACCOUNT"];

describe("conformance: account validity in a homeserver", () => {
  it("case 193: without a module the built-in validity ends after a week", async () => {
    await using kit = await testModules([], { settings: { accountValidityMs: WEEK_MS } });
    const alice = await kit.homeserver.user("alice");
    expect(await alice.whoAmI()).to.equal(ALICE);
    await kit.clock.advance(WEEK_MS);
    expect(await refusal(alice.whoAmI())).to.deep.equal(EXPIRED);
  });

  it("lets a module's answer take the place of the built-in validity", async () => {
    await using kit = await testModule(Validity, {}, { settings: { accountValidityMs: WEEK_MS } });
    const alice = await kit.homeserver.user("alice");
    await kit.clock.advance(WEEK_MS);
    kit.module.expired = false;
    expect(await alice.whoAmI()).to.equal(ALICE);
  });

  it("case 196: whose account has expired may log out, log in, and log out everywhere", async () => {
    await using kit = await testModule(Validity);
    const first = await kit.homeserver.user("alice", { password: "secret" });
    kit.module.expired = true;
    expect(await refusal(first.whoAmI())).to.deep.equal(EXPIRED);
    await first.logOut();
    const login = { type: "m.login.password", user: "alice", password: "secret" };
    const second = await kit.homeserver.logIn(login);
    await second.logOutAll();
    expect(await kit.homeserver.storage.tokens.find()).to.deep.equal([]);
  });

  it("case 203: an application service is not asked about", async () => {
    const appService = { id: "irc", token: "irc-token", sender: userId("irc"), owns: () => false };
    await using kit = await testModule(Validity, {}, { settings: { appServices: [appService] } });
    kit.module.expired = true;
    const headers = { authorization: "Bearer irc-token" };
    const request = new Request("https://example.org/", { headers });
    const requester = await kit.homeserver.services.auth.getUserByReq(request);
    expect(requester).to.include({ userId: userId("irc"), appServiceId: "irc" });
    expect(kit.module.calls).to.deep.equal([]);
  });

  it("case 204: logging out is not asked about", async () => {
    await using kit = await testModule(Validity);
    const alice = await kit.homeserver.user("alice");
    kit.module.expired = true;
    kit.module.calls.length = 0;
    await alice.logOut();
    expect(kit.module.calls).to.deep.equal([]);
  });

  it("tells of a registration, and of a login with its type", async () => {
    await using kit = await testModule(Validity);
    await kit.homeserver.register({ username: "alice", password: "secret" });
    await kit.homeserver.logIn({ type: "m.login.password", user: "alice", password: "secret" });
    expect(kit.module.calls).to.deep.equal([
      ["onUserRegistration", ALICE],
      ["onUserLogin", ALICE, "m.login.password", null],
    ]);
  });

  it("tells twice of a single sign-on: when the browser is done, and when the token is used", async () => {
    await using kit = await testModule(Validity);
    await kit.homeserver.user("alice");
    kit.module.calls.length = 0;
    const { auth } = kit.homeserver.services;
    const request = new Request("https://example.org/sso");
    const response = await auth.completeSsoLogin(ALICE, request, "https://client.example/", { authProviderId: "oidc" });
    const token = new URL(response.headers.get("location")!).searchParams.get("loginToken");
    await kit.homeserver.logIn({ type: "m.login.token", token });
    expect(kit.module.calls).to.deep.equal([
      ["onUserLogin", ALICE, "m.login.sso", "oidc"],
      ["onUserLogin", ALICE, "m.login.token", "oidc"],
    ]);
  });

  it("sends no push to whose account has expired", async () => {
    await using kit = await testModule(Validity);
    const alice = await kit.homeserver.user("alice");
    const bob = await kit.homeserver.user("bob");
    await kit.homeserver.storage.pushers.put({
      userId: bob.userId,
      appId: "app",
      pushKey: "key",
      pushKeyTs: 0,
      deviceId: bob.deviceId,
      url: "https://push.example/_matrix/push/v1/notify",
      data: {},
    });
    kit.http.on("POST", "https://push.example/_matrix/push/v1/notify", { rejected: [] });
    const room = await alice.createRoom({ preset: "public_chat" });
    await bob.join(room);
    await alice.sendText(room, "one");
    kit.module.expired = true;
    await kit.homeserver.events.send(asServer("example.org", alice.userId), room, "m.room.message", { body: "two" });
    await kit.homeserver.settled();
    const pushed = kit.http.requests.map(({ body }) => JSON.parse(String(body)) as { notification: object });
    expect(pushed).to.have.length(1);
    expect(pushed[0]!.notification).to.deep.include({ room_id: room, content: { msgtype: "m.text", body: "one" } });
  });
});
