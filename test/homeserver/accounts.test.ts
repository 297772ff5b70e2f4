import { expect } from "chai";
import { Clock, inject, Module, SpamChecker, ThirdPartyRules, type JsonObject, type MatrixError } from "#src/index.js";
import { testModule, testModules, userId, type TestKit } from "#src/testing.js";
import type { UserRow } from "#src/homeserver/account-rows.js";
import { failureOf } from "../failure-of.js";

const ALICE = userId("alice");
const LOGIN = { type: "m.login.password", user: "alice", password: "secret" };

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  const { status, errcode } = (await failureOf(promise)) as MatrixError;
  return [status, errcode];
}

async function change({ homeserver }: TestKit, members: Partial<UserRow>): Promise<void> {
  const row = (await homeserver.storage.users.get({ userId: ALICE }))!;
  await homeserver.storage.users.put({ ...row, ...members });
}

describe("accounts of the in-memory homeserver", () => {
  it("accounts of the in-memory homeserver join the rooms that new users join; a room that isn't there is logged", async () => {
    const settings = { autoJoinRooms: ["#lobby:example.org", "#gone:example.org"] };
    await using kit = await testModules([], { settings });
    const root = await kit.homeserver.user("root");
    const lobby = await root.createRoom({ room_alias_name: "lobby", preset: "public_chat" });
    await kit.homeserver.user("alice");
    expect((await root.state(lobby)).get("m.room.member", ALICE)?.membership).to.equal("join");
    const messages = kit.logs.filter(({ message }) => message.includes("@alice")).map(({ message }) => message);
    expect(messages).to.deep.equal(["New user @alice:example.org can't join #gone:example.org"]);
  });

  it("accounts of the in-memory homeserver can't be used while they are deactivated, locked or not approved", async () => {
    await using kit = await testModules([]);
    const alice = await kit.homeserver.user("alice", { password: "secret" });
    await change(kit, { isDeactivated: true });
    expect(await refusal(kit.homeserver.logIn(LOGIN))).to.deep.equal([403, "M_USER_DEACTIVATED"]);
    await change(kit, { isDeactivated: false, locked: true });
    expect(await refusal(kit.homeserver.logIn(LOGIN))).to.deep.equal([401, "M_USER_LOCKED"]);
    expect(await refusal(alice.whoAmI())).to.deep.equal([401, "M_USER_LOCKED"]);
    await change(kit, { locked: false, approved: false });
    expect(await refusal(kit.homeserver.logIn(LOGIN))).to.deep.equal([
      403,
      "ORG.MATRIX.MSC3866_USER_AWAITING_APPROVAL",
    ]);
  });

  it("accounts of the in-memory homeserver have names that are checked, and need no name at all", async () => {
    await using kit = await testModules([]);
    await kit.homeserver.user("alice");
    expect(await refusal(kit.homeserver.register({ username: "ALICE" }))).to.deep.equal([400, "M_USER_IN_USE"]);
    expect(await refusal(kit.homeserver.register({ username: "a b" }))).to.deep.equal([400, "M_INVALID_USERNAME"]);
    expect((await kit.homeserver.register({})).userId).to.match(/^@\d+:example\.org$/);
  });

  it("accounts of the in-memory homeserver have a device id of 512 characters at most", async () => {
    await using kit = await testModules([]);
    await kit.homeserver.user("alice", { password: "secret" });
    const login = kit.homeserver.logIn({ ...LOGIN, device_id: "x".repeat(513) });
    expect(await refusal(login)).to.deep.equal([400, "M_INVALID_PARAM"]);
  });

  it("a user of the in-memory homeserver may type their name in other letters, and is who registered", async () => {
    await using kit = await testModules([]);
    await kit.homeserver.user("alice", { password: "secret" });
    for (const user of ["ALICE", "@Alice:example.org"]) {
      expect((await kit.homeserver.logIn({ ...LOGIN, user })).userId).to.equal(ALICE);
    }
  });

  it("a login of the in-memory homeserver names its user as clients do now and as they did before", async () => {
    await using kit = await testModules([]);
    await kit.homeserver.user("alice", { password: "secret" });
    await kit.homeserver.threepids.add(ALICE, "email", "alice@example.org");
    const identified = (identifier: JsonObject) =>
      kit.homeserver.logIn({ type: LOGIN.type, password: LOGIN.password, identifier });
    const email = { medium: "email", address: "alice@example.org" };
    const users = [
      await identified({ type: "m.id.user", user: "alice" }),
      await identified({ type: "m.id.thirdparty", ...email }),
      await kit.homeserver.logIn({ type: LOGIN.type, password: LOGIN.password, ...email }),
    ];
    expect(users.map((user) => user.userId)).to.deep.equal([ALICE, ALICE, ALICE]);
    expect(await refusal(identified({ type: "m.id.name", user: "alice" }))).to.deep.equal([400, "M_UNKNOWN"]);
  });

  for (const [key, value] of [
    ["username", 5],
    ["username", "x".repeat(513)],
    ["password", ["secret"]],
    ["password", "x".repeat(513)],
    ["device_id", {}],
    ["initial_device_display_name", true],
  ] as const) {
    it(`a registration at the in-memory homeserver is refused where ${key} is ${JSON.stringify(value).slice(0, 20)}`, async () => {
      await using kit = await testModules([]);
      const body = { username: "alice", password: "secret", [key]: value };
      expect(await refusal(kit.homeserver.register(body))).to.deep.equal([400, "M_INVALID_PARAM"]);
    });
  }

  it("a client that inhibits its login at the in-memory homeserver registers an account without a device", async () => {
    await using kit = await testModules([]);
    const { clientRegistration, storage } = kit.homeserver;
    const body = { username: "alice", password: "secret", inhibit_login: true, auth: { type: "m.login.dummy" } };
    const response = await clientRegistration.register(body, { ip: "127.0.0.1", userAgent: null });
    expect(response).to.deep.equal({ user_id: ALICE, home_server: "example.org" });
    expect(await storage.devices.find({ userId: ALICE })).to.deep.equal([]);
    expect((await kit.homeserver.register({ username: "bob", inhibit_login: true })).userId).to.equal(userId("bob"));
  });

  it("accounts of the in-memory homeserver leave their rooms when they are deactivated, and can be used no more", async () => {
    await using kit = await testModules([]);
    const alice = await kit.homeserver.user("alice", { password: "secret" });
    const room = await alice.createRoom();
    await alice.deactivate();
    const state = await kit.homeserver.store.state(room);
    expect(state.get("m.room.member", ALICE)?.membership).to.equal("leave");
    expect(await refusal(alice.whoAmI())).to.deep.equal([401, "M_UNKNOWN_TOKEN"]);
    expect(await refusal(kit.homeserver.logIn(LOGIN))).to.deep.equal([403, "M_FORBIDDEN"]);
  });

  it("accounts of the in-memory homeserver have custom profile fields, which don't touch memberships", async () => {
    await using kit = await testModules([]);
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    const before = (await alice.messages(room)).length;
    await alice.setProfileField("org.tea", "green");
    const fields = async () => (await kit.homeserver.storage.profiles.get({ userId: ALICE }))?.custom;
    expect(await fields()).to.deep.equal({ "org.tea": "green" });
    await alice.setProfileField("org.tea", null);
    expect(await fields()).to.deep.equal({});
    expect(await alice.messages(room)).to.have.length(before);
  });

  it("media that a user of the in-memory homeserver uploads can be downloaded again", async () => {
    await using kit = await testModules([]);
    const alice = await kit.homeserver.user("alice");
    const content = Buffer.from("leaves");
    const uri = await alice.upload({ content, contentType: "text/plain", name: "tea.txt" });
    const media = await kit.homeserver.media.download(uri);
    expect(Buffer.from(media.content).toString()).to.equal("leaves");
    expect(media).to.include({ userId: ALICE, contentType: "text/plain", name: "tea.txt" });
    const missing = kit.homeserver.media.download("mxc://elsewhere/x");
    expect(await refusal(missing)).to.deep.equal([404, "M_NOT_FOUND"]);
  });

  it("only administrators of the in-memory homeserver may administer it", async () => {
    await using kit = await testModules([]);
    const alice = await kit.homeserver.user("alice");
    expect(await refusal(alice.admin.deactivate(userId("bob")))).to.deep.equal([403, "M_FORBIDDEN"]);
  });

  it("a request to the in-memory homeserver doesn't wait for a callback that waits for the clock", async () => {
    await using kit = await testModule(Sleepy);
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    kit.module.awake.length = 0;
    await alice.sendText(room, "hi");
    expect(kit.module.awake).to.deep.equal([]);
    await kit.clock.advance(1000);
    await kit.homeserver.settled();
    expect(kit.module.awake).to.include("m.room.message");
  });

  it("a kit stops while a callback waits for the clock", async () => {
    await using kit = await testModule(Sleepy);
    const alice = await kit.homeserver.user("alice");
    await alice.createRoom();
    await kit.stop();
    expect(() => kit.hooks.spamChecker.userMayPublishRoom(ALICE, "!r:x")).to.throw("stopped");
  });

  it("a new password ends every token but that of one device, even those without a device", async () => {
    await using kit = await testModules([]);
    const { storage } = kit.homeserver;
    const alice = await kit.homeserver.user("alice", { password: "secret" });
    await storage.tokens.put({ token: "bare", id: 1_000, userId: ALICE, deviceId: null, validUntilMs: null });
    await alice.changePassword("other");
    const left = (await storage.tokens.find({ userId: ALICE })).map(({ token }) => token);
    expect(left).to.deep.equal([alice.accessToken]);
  });
});

/** Takes a second to hear of an event. */
@Module()
class Sleepy {
  readonly awake: string[] = [];

  constructor(@inject(Clock) private readonly clock: Clock) {}

  @ThirdPartyRules.onNewEvent()
  async onNewEvent({ type }: { readonly type: string }) {
    await this.clock.sleep(1000);
    this.awake.push(type);
  }

  @SpamChecker.userMayPublishRoom()
  userMayPublishRoom() {
    return "NOT_SPAM" as const;
  }
}
