import { expect } from "chai";
import {
  type MatrixError,
  Module,
  PasswordAuth,
  type AuthResult,
  type JsonObject,
  type LoginResponse,
  type UserId,
} from "#src/index.js";
import { userId, type TestKit } from "#src/testing.js";
import type { HomeserverSettings } from "#src/homeserver/homeserver-settings.js";
import { failureOf } from "../failure-of.js";
import { testModule } from "./kit.js";

const ALICE = userId("alice");
const CUSTOM = "test.login_type";

/** Authenticates by passwords and by a login type of its own, as a test says. */
class Auth {
  result: AuthResult | null = [ALICE, null];
  is3pidAllowedAnswer = true;
  readonly calls: unknown[][] = [];
  readonly loggedOut: { deviceId: string | null; token: string }[] = [];
}

@Module()
class CustomAuth extends Auth {
  @PasswordAuth.authChecker(CUSTOM, ["test_field"])
  checkCustom(username: string, loginType: string, loginDict: JsonObject) {
    this.calls.push([username, loginType, loginDict]);
    return this.result;
  }
}

@Module()
class BothAuth extends CustomAuth {
  @PasswordAuth.authChecker("m.login.password", ["password"])
  checkPassword(username: string, loginType: string, loginDict: JsonObject) {
    this.calls.push([username, loginType, loginDict]);
    return this.result;
  }
}

@Module()
class PasswordOnly extends Auth {
  @PasswordAuth.authChecker("m.login.password", ["password"])
  checkPassword(username: string, loginType: string, loginDict: JsonObject) {
    this.calls.push([username, loginType, loginDict]);
    return this.result;
  }
}

@Module()
class Rest extends Auth {
  @PasswordAuth.check3pidAuth()
  check3pid(medium: string, address: string, password: string) {
    this.calls.push([medium, address, password]);
    return this.result;
  }

  @PasswordAuth.onLoggedOut()
  async onLoggedOut(_: UserId, deviceId: string | null, token: string) {
    await Promise.resolve();
    this.loggedOut.push({ deviceId, token });
  }

  @PasswordAuth.getUsernameForRegistration()
  username(uia: JsonObject, params: JsonObject) {
    this.calls.push(["username", uia, params]);
    return `${String(params.username)}-foo`;
  }

  @PasswordAuth.getDisplaynameForRegistration()
  displayname(uia: JsonObject, params: JsonObject) {
    this.calls.push(["displayname", uia, params]);
    return `${String(params.username)}-foo`;
  }

  @PasswordAuth.is3pidAllowed()
  is3pidAllowed(...args: unknown[]) {
    this.calls.push(args.slice(0, 3));
    return this.is3pidAllowedAnswer;
  }
}

type AuthModule = new () => Auth;

async function started(module: AuthModule, settings: Partial<HomeserverSettings> = {}) {
  const kit = (await testModule(module, {}, { settings })) as TestKit<readonly [Auth]>;
  const alice = await kit.homeserver.user("alice", { password: "local" });
  await kit.homeserver.user("bob");
  const { login } = kit.homeserver;
  return { kit, auth: kit.module, alice, login, [Symbol.asyncDispose]: () => kit.stop() };
}

async function refusal(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  const error = (await failureOf(promise)) as MatrixError;
  return { status: error.status, ...error.body() };
}

const byCustom = (members: JsonObject = { test_field: "x" }): JsonObject => ({
  type: CUSTOM,
  user: "alice",
  ...members,
});
const byPassword = (password: string): JsonObject => ({ type: "m.login.password", user: "alice", password });

const NO_PASSWORDS = { passwordLogin: false, passwordReauthentication: false };

describe("conformance: password auth in a homeserver", () => {
  it("case 239: a login type of a module's own follows the password, needs its field, and sees no other", async () => {
    await using t = await started(CustomAuth);
    expect(t.login.flows()).to.deep.equal([{ type: "m.login.password" }, { type: CUSTOM }]);
    expect(await refusal(t.kit.homeserver.logIn(byCustom({})))).to.include({ status: 400, errcode: "M_UNKNOWN" });
    expect(t.auth.calls).to.deep.equal([]);
    const alice = await t.kit.homeserver.logIn(byCustom({ test_field: "y", foo: "bar" }));
    expect(alice.userId).to.equal(ALICE);
    expect(t.auth.calls).to.deep.equal([["alice", CUSTOM, { test_field: "y" }]]);
  });

  it("case 240: a login type of a module's own proves who a user is, who must be the same", async () => {
    await using t = await started(CustomAuth);
    const unproven = await refusal(t.alice.deleteDevice(t.alice.deviceId));
    expect(unproven).to.deep.include({ status: 401, flows: [{ stages: ["m.login.password"] }, { stages: [CUSTOM] }] });
    const lacking = await refusal(t.alice.deleteDevice(t.alice.deviceId, { type: CUSTOM }));
    expect(lacking).to.include({ status: 400 });
    expect(lacking.error).to.match(/Missing parameters/);
    t.auth.result = [userId("bob"), null];
    const other = await refusal(t.alice.deleteDevice(t.alice.deviceId, byCustom()));
    expect(other).to.include({ status: 403, errcode: "M_FORBIDDEN" });
    t.auth.result = [ALICE, null];
    await t.alice.deleteDevice(t.alice.deviceId, byCustom());
    expect(await t.kit.homeserver.storage.devices.get({ userId: ALICE, deviceId: t.alice.deviceId })).to.equal(
      undefined,
    );
  });

  it("case 241: the callback of a success is called once, with the response", async () => {
    await using t = await started(CustomAuth);
    const responses: LoginResponse[] = [];
    t.auth.result = [ALICE, (response) => void responses.push(response)];
    const alice = await t.kit.homeserver.logIn(byCustom());
    expect(responses).to.deep.equal([
      { user_id: ALICE, access_token: alice.accessToken, device_id: alice.deviceId, home_server: "example.org" },
    ]);
  });

  for (const [number, module, settings] of [
    [242, CustomAuth, NO_PASSWORDS],
    [243, CustomAuth, { ...NO_PASSWORDS, localPasswords: false }],
    [244, BothAuth, NO_PASSWORDS],
    [246, CustomAuth, { localPasswords: false }],
  ] as const) {
    it(`case ${number}: without passwords only the module's own type is offered; a password is a 400`, async () => {
      await using t = await started(module, settings);
      expect(t.login.flows()).to.deep.equal([{ type: CUSTOM }]);
      expect(await refusal(t.kit.homeserver.logIn(byPassword("local")))).to.include({ status: 400 });
      expect(t.auth.calls).to.deep.equal([]);
    });
  }

  it("case 245: without passwords a user proves by the module's own type who they are", async () => {
    await using t = await started(BothAuth, NO_PASSWORDS);
    const unproven = await refusal(t.alice.deleteDevice(t.alice.deviceId));
    expect(unproven).to.deep.include({ status: 401, flows: [{ stages: [CUSTOM] }] });
    const disabled = await refusal(t.alice.deleteDevice(t.alice.deviceId, byPassword("local")));
    expect(disabled).to.include({ status: 400 });
    await t.alice.deleteDevice(t.alice.deviceId, byCustom());
    expect(t.auth.calls).to.deep.equal([["alice", CUSTOM, { test_field: "x" }]]);
  });

  it("case 232: a module that checks passwords is asked for a localpart and for a full id alike", async () => {
    await using t = await started(PasswordOnly);
    expect(t.login.flows()).to.deep.equal([{ type: "m.login.password" }]);
    await t.kit.homeserver.logIn(byPassword("p"));
    await t.kit.homeserver.logIn({ ...byPassword("p"), user: ALICE });
    expect(t.auth.calls).to.deep.equal([
      ["alice", "m.login.password", { password: "p" }],
      [ALICE, "m.login.password", { password: "p" }],
    ]);
  });

  it("case 233: a module that checks passwords is asked when a user proves again who they are", async () => {
    await using t = await started(PasswordOnly);
    const remove = (auth?: JsonObject) => t.alice.deleteDevice(t.alice.deviceId, auth);
    expect(await refusal(remove())).to.include({ status: 401 });
    expect(t.auth.calls).to.deep.equal([]);
    t.auth.result = null;
    expect(await refusal(remove(byPassword("p")))).to.include({ status: 401, errcode: "M_FORBIDDEN" });
    t.auth.result = [ALICE, null];
    await remove(byPassword("p"));
    expect(t.auth.calls).to.have.length(2);
  });

  it("case 235: proving again, the homeserver's own password counts after the module's refusal", async () => {
    await using t = await started(PasswordOnly);
    t.auth.result = null;
    const remove = (password: string) => t.alice.deleteDevice(t.alice.deviceId, byPassword(password));
    expect(await refusal(remove("wrong"))).to.include({ status: 401, errcode: "M_FORBIDDEN" });
    await remove("local");
    expect(t.auth.calls).to.have.length(2);
  });

  it("case 236: without the homeserver's own passwords the module decides alone", async () => {
    await using t = await started(PasswordOnly, { localPasswords: false });
    t.auth.result = null;
    const login = t.kit.homeserver.logIn(byPassword("local"));
    expect(await refusal(login)).to.include({ status: 403, errcode: "M_FORBIDDEN" });
    expect(t.auth.calls).to.have.length(1);
  });

  it("case 237: proving again without the homeserver's own passwords, the module decides alone", async () => {
    await using t = await started(PasswordOnly, { localPasswords: false });
    t.auth.result = null;
    const remove = (auth?: JsonObject) => t.alice.deleteDevice(t.alice.deviceId, auth);
    expect(await refusal(remove())).to.deep.include({ status: 401, flows: [{ stages: ["m.login.password"] }] });
    expect(await refusal(remove(byPassword("local")))).to.include({ status: 401, errcode: "M_FORBIDDEN" });
  });

  it("case 238: without passwords at all the module isn't asked", async () => {
    await using t = await started(PasswordOnly, NO_PASSWORDS);
    expect(t.login.flows()).to.deep.equal([]);
    expect(await refusal(t.kit.homeserver.logIn(byPassword("p")))).to.include({ status: 400 });
    expect(t.auth.calls).to.deep.equal([]);
  });

  it("case 234: the homeserver's own password counts after the module's refusal", async () => {
    await using t = await started(PasswordOnly);
    t.auth.result = null;
    expect(await refusal(t.kit.homeserver.logIn(byPassword("wrong")))).to.include({
      status: 403,
      errcode: "M_FORBIDDEN",
    });
    expect((await t.kit.homeserver.logIn(byPassword("local"))).userId).to.equal(ALICE);
    expect(t.auth.calls).to.have.length(2);
  });

  it("case 247: onLoggedOut is called and awaited", async () => {
    await using t = await started(Rest);
    await t.alice.logOut();
    expect(t.auth.loggedOut).to.deep.equal([{ deviceId: t.alice.deviceId, token: t.alice.accessToken }]);
    expect(await refusal(t.alice.whoAmI())).to.include({ status: 401, errcode: "M_UNKNOWN_TOKEN" });
  });

  it("case 248: a deleted device's pushers still exist when onLoggedOut is called, and are deleted afterwards", async () => {
    await using kit = await testModule(CountsPushers);
    const alice = await kit.homeserver.user("alice", { password: "local" });
    const { pushers } = kit.homeserver.storage;
    const { userId: owner, deviceId } = alice;
    await pushers.put({
      userId: owner,
      deviceId,
      appId: "app",
      pushKey: "key",
      pushKeyTs: 0,
      url: "https://push.example/",
      data: {},
    });
    kit.module.count = async () => (await pushers.find({ userId: owner })).length;
    await alice.deleteDevice(deviceId, { type: "m.login.password", password: "local" });
    expect(kit.module.counted).to.deep.equal([1]);
    expect(await pushers.find()).to.deep.equal([]);
  });

  it("case 457: the homeserver notifies modules of every other session that a change of password ends", async () => {
    await using t = await started(Rest);
    const other = await t.kit.homeserver.user("alice");
    await t.alice.changePassword("new");
    expect(t.auth.loggedOut).to.deep.equal([{ deviceId: other.deviceId, token: other.accessToken }]);
    expect(await t.alice.whoAmI()).to.equal(ALICE);
    expect((await t.kit.homeserver.logIn(byPassword("new"))).userId).to.equal(ALICE);
  });

  it("case 457: the homeserver notifies modules of every session that a logout everywhere ends", async () => {
    await using t = await started(Rest);
    const other = await t.kit.homeserver.user("alice");
    await t.alice.logOutAll();
    expect(t.auth.loggedOut.map(({ token }) => token)).to.deep.equal([t.alice.accessToken, other.accessToken]);
  });

  it("case 249: a module chooses the name of a user who registers", async () => {
    await using t = await started(Rest);
    const rin = await t.kit.homeserver.register({ username: "rin", password: "bar" });
    expect(rin.userId).to.equal("@rin-foo:example.org");
  });

  it("case 250: it is asked when all stages are passed, and once", async () => {
    await using t = await started(Rest);
    const { clientRegistration } = t.kit.homeserver;
    const origin = { ip: "127.0.0.1", userAgent: null };
    const body = { username: "rin", password: "bar" };
    const first = await refusal(clientRegistration.register(body, origin));
    expect(first).to.deep.include({ status: 401, flows: [{ stages: ["m.login.dummy"] }] });
    expect(t.auth.calls).to.deep.equal([]);
    const auth = { session: first.session as string, type: "m.login.dummy" };
    const response = await clientRegistration.register({ auth }, origin);
    expect(response.user_id).to.equal("@rin-foo:example.org");
    const again = await clientRegistration.register({ auth }, origin);
    expect(again.user_id).to.equal("@rin-foo:example.org");
    const asked = t.auth.calls.filter(([hook]) => hook === "username");
    expect(asked).to.deep.equal([["username", { "m.login.dummy": true }, body]]);
  });

  it("case 251: a module chooses the display name of a user who registers", async () => {
    await using t = await started(Rest);
    await t.kit.homeserver.register({ username: "rin", password: "bar" });
    expect(await t.kit.homeserver.services.profiles.getProfileForUser("rin-foo")).to.include({
      displayName: "rin-foo",
    });
  });

  it("case 252: it is asked for the display name at the end, and once", async () => {
    await using t = await started(Rest);
    const { clientRegistration } = t.kit.homeserver;
    const origin = { ip: "127.0.0.1", userAgent: null };
    const first = await refusal(clientRegistration.register({ username: "rin" }, origin));
    expect(t.auth.calls).to.deep.equal([]);
    const auth = { session: first.session as string, type: "m.login.dummy" };
    await clientRegistration.register({ auth }, origin);
    expect(t.auth.calls.filter(([hook]) => hook === "displayname")).to.have.length(1);
  });

  for (const [number, registration] of [
    [253, false],
    [254, true],
  ] as const) {
    it(`case ${number}: a module decides which addresses are proven for ${registration ? "a registration" : "an account"}`, async () => {
      await using t = await started(Rest);
      const wanted = { medium: "email", address: "Foo@Test.com", clientSecret: "secret" } as const;
      const request = () => t.kit.homeserver.threepids.requestToken(wanted, registration);
      t.auth.is3pidAllowedAnswer = false;
      expect(await refusal(request())).to.include({ status: 403, errcode: "M_THREEPID_DENIED" });
      expect(t.auth.calls).to.deep.equal([["email", "foo@test.com", registration]]);
      t.auth.is3pidAllowedAnswer = true;
      expect(await request()).to.match(/^sid_/);
    });
  }

  it("case 255: a callback of a success that throws is a 500, though the token exists", async () => {
    await using t = await started(CustomAuth);
    t.auth.result = [
      ALICE,
      () => {
        throw new TypeError("broken");
      },
    ];
    const before = await t.kit.homeserver.storage.tokens.find();
    expect(await refusal(t.kit.homeserver.logIn(byCustom()))).to.include({ status: 500, errcode: "M_UNKNOWN" });
    expect(await t.kit.homeserver.storage.tokens.find()).to.have.length(before.length + 1);
  });

  it("case 256: reauthentication isn't the login that a callback waits for", async () => {
    await using t = await started(CustomAuth);
    let called = false;
    t.auth.result = [ALICE, () => void (called = true)];
    await t.alice.deleteDevice(t.alice.deviceId, byCustom());
    expect(called).to.equal(false);
  });

  it("case 257: check3pidAuth sees the address in canonical form, and its success ends the dispatch", async () => {
    await using t = await started(Rest);
    const identifier = { type: "m.id.thirdparty", medium: "email", address: " Foo@Example.COM " };
    const alice = await t.kit.homeserver.logIn({ type: "m.login.password", identifier, password: "secret" });
    expect(alice.userId).to.equal(ALICE);
    expect(t.auth.calls).to.deep.equal([["email", "foo@example.com", "secret"]]);
  });

  it("case 456: the homeserver logs in by a user's address if no module answers", async () => {
    await using t = await started(Rest);
    t.auth.result = null;
    await t.kit.homeserver.threepids.add(ALICE, "email", "alice@example.com");
    const identifier = { type: "m.id.thirdparty", medium: "email", address: "alice@example.com" };
    const login = { type: "m.login.password", identifier, password: "local" };
    expect((await t.kit.homeserver.logIn(login)).userId).to.equal(ALICE);
  });

  it("case 458: the homeserver refuses a login whose type isn't a string, or is unknown", async () => {
    await using t = await started(CustomAuth);
    expect(await refusal(t.kit.homeserver.logIn({ type: 3 }))).to.include({ status: 400, errcode: "M_INVALID_PARAM" });
    const unknown = t.kit.homeserver.logIn({ type: "m.login.what", user: "alice" });
    expect(await refusal(unknown)).to.include({ status: 400, errcode: "M_UNKNOWN" });
  });
});

/** Counts something when a user is logged out. */
@Module()
class CountsPushers {
  count: () => Promise<number> = () => Promise.resolve(0);
  readonly counted: number[] = [];

  @PasswordAuth.onLoggedOut()
  async onLoggedOut() {
    this.counted.push(await this.count());
  }
}
