import { expect } from "chai";
import {
  CancelledError,
  InvalidPushRuleError,
  LigandError,
  MatrixError,
  Module,
  PasswordAuth,
  PushRuleNotFoundError,
  SpamChecker,
  type UserId,
} from "#src/index.js";
import { testModule, testModules, userId, type TestKit } from "#src/testing.js";
import { failureOf } from "../failure-of.js";

const ALICE = userId("alice");

@Module()
class LogsOut {
  readonly told: unknown[] = [];

  @PasswordAuth.onLoggedOut()
  onLoggedOut(user: UserId, device: string | null, token: string) {
    this.told.push([user, device, token]);
  }
}

@Module()
class Cancels {
  // Its errors reach the operation unchanged.
  @SpamChecker.userMayCreateRoom()
  check(): never {
    throw new CancelledError("the client disconnected");
  }
}

describe("services of the in-memory homeserver", () => {
  let kit: TestKit;
  let services: TestKit["homeserver"]["services"];

  beforeEach(async () => {
    kit = await testModules([]);
    ({ services } = kit.homeserver);
  });

  afterEach(() => kit.stop());

  it("push rules: actions of a rule that exists are replaced, others are refused", async () => {
    const { pushRules } = services;
    await pushRules.setPushRuleAction(ALICE, "global", "underride", ".m.rule.message", ["notify"]);
    expect(await kit.homeserver.storage.pushRules.find()).to.deep.equal([
      { userId: ALICE, kind: "underride", ruleId: ".m.rule.message", actions: ["notify"] },
    ]);
    const unknown = pushRules.setPushRuleAction(ALICE, "global", "override", ".m.rule.message", ["notify"]);
    expect(await failureOf(unknown)).to.be.instanceOf(PushRuleNotFoundError);
    const bad = pushRules.setPushRuleAction(ALICE, "global", "underride", ".m.rule.message", ["shout" as "notify"]);
    expect(await failureOf(bad)).to.be.instanceOf(InvalidPushRuleError);
  });

  it("services of the in-memory homeserver push rules are refused on a worker", async () => {
    await using worker = await testModules([], { server: { workerApp: "generic", workerName: "one" } });
    const setting = worker.homeserver.services.pushRules.setPushRuleAction(
      ALICE,
      "global",
      "underride",
      ".m.rule.message",
      ["notify"],
    );
    expect(await failureOf(setting))
      .to.be.instanceOf(LigandError)
      .and.to.include({ code: "LIGAND_NOT_SUPPORTED" });
  });

  it("pushers: a gateway's answer is reported by device, and a failure is logged", async () => {
    const { pushers } = kit.homeserver.storage;
    const pusher = { userId: ALICE, appId: "app", pushKeyTs: 1_000, data: {} };
    await pushers.put({ ...pusher, pushKey: "a", deviceId: "PHONE", url: "https://good.example/" });
    await pushers.put({ ...pusher, pushKey: "b", deviceId: "TABLET", url: "https://gone.example/" });
    kit.http.on("POST", "https://good.example/", { rejected: [] });
    const sent = await services.pushers.sendHttpPushNotification(ALICE, null, { event_id: "$e" });
    expect(sent).to.deep.equal({ PHONE: true, TABLET: false });
    expect(kit.logs.map(({ level, message }) => [level, message])).to.deep.equal([
      ["warn", "The push gateway https://gone.example/ failed"],
    ]);
  });

  it("case 475: registration: an identity is mapped once", async () => {
    await services.registration.recordUserExternalId("oidc", "subject", ALICE);
    const row = await kit.homeserver.storage.externalIds.get({ authProviderId: "oidc", externalId: "subject" });
    expect(row).to.include({ userId: ALICE });
    const again = services.registration.recordUserExternalId("oidc", "subject", userId("bob"));
    expect(await failureOf(again))
      .to.be.instanceOf(MatrixError)
      .and.to.include({ status: 400 });
  });

  it("rooms: an alias and a profile of another server are asked of that server", async () => {
    kit.remote.aliases.set("#tea:elsewhere", { roomId: "!tea:elsewhere", hosts: ["third", "elsewhere"] });
    kit.remote.profiles.set("@eve:elsewhere", { displayName: "Eve", avatarUrl: null });
    expect(await services.rooms.lookupRoomAlias("#tea:elsewhere")).to.deep.equal({
      roomId: "!tea:elsewhere",
      hosts: ["elsewhere", "third"],
    });
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    const invite = await services.rooms.updateRoomMembership(ALICE, "@eve:elsewhere", room, "invite");
    expect(invite.content).to.deep.include({ displayname: "Eve", avatar_url: null });
  });

  it("rooms: state is chosen by type and key, and by type alone", async () => {
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    await alice.sendState(room, "org.thing", { n: 1 }, "one");
    await alice.sendState(room, "org.thing", { n: 2 }, "two");
    const { rooms } = services;
    const keysOf = async (key: string | null) =>
      (await rooms.getStateEventsInRoom(room, [["org.thing", key]])).map(({ stateKey }) => stateKey);
    expect(await keysOf("two")).to.deep.equal(["two"]);
    expect(await keysOf(null)).to.deep.equal(["one", "two"]);
    expect((await rooms.getRoomState("!nowhere:example.org")).size).to.equal(0);
  });

  it("case 484: rooms: a room that is being deleted can't be deleted again", async () => {
    const room = await (await kit.homeserver.user("alice")).createRoom();
    await services.rooms.deleteRoom(room);
    const again = services.rooms.deleteRoom(room);
    expect(await failureOf(again))
      .to.be.instanceOf(MatrixError)
      .and.to.include({ status: 400 });
    await kit.homeserver.settled();
  });

  it("case 468: users: those seen in a period are active; identity servers are remembered", async () => {
    const alice = await kit.homeserver.user("alice");
    await alice.whoAmI();
    const now = kit.clock.nowMs();
    const active = await services.users.getMonthlyActiveUsersByService(now, now);
    expect(active).to.deep.equal([{ userId: ALICE, appServiceId: "native" }]);
    expect(await services.users.getMonthlyActiveUsersByService(now + 1)).to.deep.equal([]);
    await services.users.storeRemote3pidAssociation(ALICE, "email", "a@example.com", "id.example");
    await services.users.storeRemote3pidAssociation(ALICE, "email", "a@example.com", "id.example");
    expect(await kit.homeserver.storage.identityBindings.find()).to.have.length(1);
  });

  it("case 487: presence: a module sets it, and a device reads it", async () => {
    const alice = await kit.homeserver.user("alice");
    await services.presence.setPresenceForUsers(new Map([[ALICE, { state: "unavailable", statusMsg: "tea" }]]));
    expect(await alice.syncPresence()).to.deep.equal([{ userId: ALICE, state: "unavailable", statusMsg: "tea" }]);
  });

  it("case 477: auth: an access token ends with its device, or alone, and modules are notified", async () => {
    await using own = await testModule(LogsOut);
    const { auth } = own.homeserver.services;
    const alice = await own.homeserver.user("alice");
    await own.homeserver.storage.tokens.put({
      token: "bare",
      id: 99,
      userId: ALICE,
      deviceId: null,
      validUntilMs: null,
    });
    await auth.invalidateAccessToken("bare");
    await auth.invalidateAccessToken(alice.accessToken);
    expect(own.module.told).to.deep.equal([
      [ALICE, null, "bare"],
      [ALICE, alice.deviceId, alice.accessToken],
    ]);
    expect(await own.homeserver.storage.devices.find()).to.deep.equal([]);
    expect(await failureOf(auth.invalidateAccessToken("bare"))).to.include({ status: 401, errcode: "M_UNKNOWN_TOKEN" });
  });

  it("case 476: auth: a login token counts once, and for a while; a deactivated user gets a page", async () => {
    const alice = await kit.homeserver.user("alice");
    const token = await services.auth.createLoginToken(ALICE);
    const login = { type: "m.login.token", token };
    expect((await kit.homeserver.logIn(login)).userId).to.equal(ALICE);
    expect(await failureOf(kit.homeserver.logIn(login))).to.include({ status: 403, errcode: "M_FORBIDDEN" });
    const late = await services.auth.createLoginToken(ALICE, { durationMs: 1000 });
    await kit.clock.advance(1000);
    const tooLate = kit.homeserver.logIn({ ...login, token: late });
    expect(await failureOf(tooLate)).to.include({ status: 403, errcode: "M_FORBIDDEN" });
    await alice.deactivate();
    const request = new Request("https://example.org/");
    const page = await services.auth.completeSsoLogin(ALICE, request, "https://client.example/");
    expect(page.status).to.equal(403);
  });

  it("case 426: a request that is cancelled is a 499", async () => {
    await using own = await testModule(Cancels);
    const alice = await own.homeserver.user("alice");
    expect(await failureOf(alice.createRoom())).to.include({ status: 499, errcode: "M_UNKNOWN" });
  });
});
