import { expect } from "chai";
import { AccountValidity, type MatrixError, Module, type Renewal, type UserId } from "#src/index.js";
import { asServer } from "#src/homeserver.js";
import { userId } from "#src/testing.js";
import { failureOf } from "../failure-of.js";
import { testModule, testModules } from "./kit.js";

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
  for (const [number, expired] of [
    [191, null],
    [192, true],
  ] as const) {
    it(`case ${number}: the status of an account tells that it ${expired ? "has expired" : "exists and hasn't expired"}`, async () => {
      await using kit = await testModule(Validity, {}, { settings: { accountStatusShowsExpiry: true } });
      await kit.homeserver.user("alice");
      kit.module.expired = expired;
      const status = await kit.homeserver.accountStatuses.of(ALICE);
      expect(status).to.deep.equal({ exists: true, deactivated: false, expired: expired ?? false });
      expect(await kit.homeserver.accountStatuses.of(userId("nobody"))).to.deep.equal({ exists: false });
    });
  }

  it("case 193: without a module the built-in validity ends after a week", async () => {
    await using kit = await testModules([], { settings: { accountValidityMs: WEEK_MS } });
    const alice = await kit.homeserver.user("alice");
    expect(await alice.whoAmI()).to.equal(ALICE);
    await kit.clock.advance(WEEK_MS);
    expect(await refusal(alice.whoAmI())).to.deep.equal(EXPIRED);
  });

  it("case 452: the homeserver lets a module's answer take the place of the built-in validity", async () => {
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

  it("case 203: an application service isn't asked about", async () => {
    const appService = { id: "irc", token: "irc-token", sender: userId("irc"), owns: () => false };
    await using kit = await testModule(Validity, {}, { settings: { appServices: [appService] } });
    kit.module.expired = true;
    const headers = { authorization: "Bearer irc-token" };
    const request = new Request("https://example.org/", { headers });
    const requester = await kit.homeserver.services.auth.getUserByReq(request);
    expect(requester).to.include({ userId: userId("irc"), appServiceId: "irc" });
    expect(kit.module.calls).to.deep.equal([]);
  });

  it("case 204: logging out isn't asked about", async () => {
    await using kit = await testModule(Validity);
    const alice = await kit.homeserver.user("alice");
    kit.module.expired = true;
    kit.module.calls.length = 0;
    await alice.logOut();
    expect(kit.module.calls).to.deep.equal([]);
  });

  it("case 454: the homeserver notifies modules of a registration, and of a login with its type", async () => {
    await using kit = await testModule(Validity);
    await kit.homeserver.register({ username: "alice", password: "secret" });
    await kit.homeserver.logIn({ type: "m.login.password", user: "alice", password: "secret" });
    expect(kit.module.calls).to.deep.equal([
      ["onUserRegistration", ALICE],
      ["onUserLogin", ALICE, "m.login.password", null],
    ]);
  });

  it("case 455: the homeserver notifies modules twice of a single sign-on: when the browser is done, and when the token is used", async () => {
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

  it("case 453: the homeserver sends no push to whose account has expired", async () => {
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

  describe("renewal", () => {
    const settings = { accountValidityMs: WEEK_MS };

    async function withEmail() {
      const kit = await testModules([], { settings });
      const alice = await kit.homeserver.user("alice");
      await kit.homeserver.threepids.add(ALICE, "email", "alice@example.com");
      const tokenOfMail = () => /token=(\S+)$/.exec(kit.mails[0]!.text)![1]!;
      return { kit, alice, tokenOfMail, [Symbol.asyncDispose]: () => kit.stop() };
    }

    it("case 194: an administrator renews an account that has expired", async () => {
      await using t = await withEmail();
      await t.kit.clock.advance(WEEK_MS);
      const root = await t.kit.homeserver.user("root", { admin: true });
      expect(await refusal(t.alice.whoAmI())).to.deep.equal(EXPIRED);
      const renewed = await root.admin.setValidity(ALICE);
      expect(renewed).to.deep.equal({ expiration_ts: t.kit.clock.nowMs() + WEEK_MS });
      expect(await t.alice.whoAmI()).to.equal(ALICE);
    });

    it("case 195: an administrator ends the validity of an account", async () => {
      await using t = await withEmail();
      const root = await t.kit.homeserver.user("root", { admin: true });
      expect(await root.admin.setValidity(ALICE, 0)).to.deep.equal({ expiration_ts: 0 });
      expect(await refusal(t.alice.whoAmI())).to.deep.equal(EXPIRED);
    });

    it("case 197: the token of a renewal mail counts once; using it again changes nothing", async () => {
      await using t = await withEmail();
      await t.alice.requestRenewalMail();
      const { accountRenewal } = t.kit.homeserver;
      const until = new Date(t.kit.clock.nowMs() + WEEK_MS).toISOString();
      const first = await accountRenewal.renew(t.tokenOfMail());
      expect([first.status, await first.text()]).to.deep.equal([200, `<h1>Your account is valid until ${until}</h1>`]);
      await t.kit.clock.advance(1_000);
      const second = await accountRenewal.renew(t.tokenOfMail());
      const page = `<h1>Your account has already been renewed, until ${until}</h1>`;
      expect([second.status, await second.text()]).to.deep.equal([200, page]);
      expect(await t.alice.whoAmI()).to.equal(ALICE);
    });

    it("case 198: an unknown token is a page with status 404", async () => {
      await using t = await withEmail();
      const response = await t.kit.homeserver.accountRenewal.renew("123");
      expect([response.status, response.headers.get("content-type")]).to.deep.equal([404, "text/html; charset=utf-8"]);
    });

    it("case 199: a user who asks for a renewal mail receives one", async () => {
      await using t = await withEmail();
      await t.alice.requestRenewalMail();
      expect(t.kit.mails.map(({ to, subject }) => [to, subject])).to.deep.equal([
        ["alice@example.com", "Renew your account"],
      ]);
    });

    it("case 200: a user who asks after the account has expired receives one, too", async () => {
      await using t = await withEmail();
      await t.kit.clock.advance(WEEK_MS);
      expect(await refusal(t.alice.whoAmI())).to.deep.equal(EXPIRED);
      await t.alice.requestRenewalMail();
      expect(t.kit.mails).to.have.length(1);
    });

    it("case 202: the module that owns the legacy hooks replaces the homeserver's own renewal", async () => {
      await using kit = await testModule(OwnsRenewal);
      const alice = await kit.homeserver.user("alice");
      const root = await kit.homeserver.user("root", { admin: true });
      await alice.requestRenewalMail();
      const statuses = [];
      for (const token of ["good", "stale", "bad"]) {
        statuses.push((await kit.homeserver.accountRenewal.renew(token)).status);
      }
      expect(statuses).to.deep.equal([200, 200, 404]);
      expect(await root.admin.setValidity(ALICE, 5)).to.deep.equal({ expiration_ts: 42 });
      expect(kit.module.calls).to.deep.equal([
        ["mail", ALICE],
        ["renew", "good"],
        ["renew", "stale"],
        ["renew", "bad"],
        ["admin", { user_id: ALICE, expiration_ts: 5 }],
      ]);
      expect(kit.mails).to.deep.equal([]);
    });
  });
});

/** Owns the renewal of accounts. */
@Module()
class OwnsRenewal {
  readonly calls: unknown[][] = [];

  @AccountValidity.onLegacySendMail()
  sendMail(user: UserId) {
    this.calls.push(["mail", user]);
  }

  @AccountValidity.onLegacyRenew()
  renew(token: string): Renewal {
    this.calls.push(["renew", token]);
    return [token === "good", token === "stale", 0];
  }

  @AccountValidity.onLegacyAdminRequest()
  async administer(request: Request) {
    this.calls.push(["admin", await request.json()]);
    return 42;
  }
}
