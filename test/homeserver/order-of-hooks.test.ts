import { expect } from "chai";
import {
  AccountValidity,
  MediaRepository,
  Module,
  NOT_SPAM,
  PasswordAuth,
  RegistrationBehaviour,
  SpamChecker,
  ThirdPartyRules,
  type EventAllowed,
  type RoomEvent,
  type UserId,
} from "#src/index.js";
import { testModule } from "#src/testing.js";
import { failureOf } from "../failure-of.js";

/** Lets everything pass, and notes the hooks in the order in which they were called. */
@Module()
class Journal {
  readonly entries: string[] = [];

  /** What was called since the last time. */
  take(): string[] {
    return this.entries.splice(0);
  }

  #pass(entry: string): typeof NOT_SPAM {
    this.entries.push(entry);
    return NOT_SPAM;
  }

  @ThirdPartyRules.onCreateRoom()
  onCreateRoom() {
    this.entries.push("onCreateRoom");
  }

  @SpamChecker.userMayCreateRoom()
  userMayCreateRoom() {
    return this.#pass("userMayCreateRoom");
  }

  @ThirdPartyRules.checkVisibilityCanBeModified()
  checkVisibility() {
    this.entries.push("checkVisibilityCanBeModified");
    return true;
  }

  @SpamChecker.userMayCreateRoomAlias()
  userMayCreateRoomAlias() {
    return this.#pass("userMayCreateRoomAlias");
  }

  @SpamChecker.userMayPublishRoom()
  userMayPublishRoom() {
    return this.#pass("userMayPublishRoom");
  }

  @SpamChecker.userMayInvite()
  userMayInvite() {
    return this.#pass("userMayInvite");
  }

  @SpamChecker.userMaySend3pidInvite()
  userMaySend3pidInvite() {
    return this.#pass("userMaySend3pidInvite");
  }

  @ThirdPartyRules.checkThreepidCanBeInvited()
  checkThreepidCanBeInvited() {
    this.entries.push("checkThreepidCanBeInvited");
    return true;
  }

  @SpamChecker.userMayJoinRoom()
  userMayJoinRoom() {
    return this.#pass("userMayJoinRoom");
  }

  @SpamChecker.userMaySendStateEvent()
  userMaySendStateEvent() {
    return this.#pass("userMaySendStateEvent");
  }

  @ThirdPartyRules.checkEventAllowed()
  checkEventAllowed({ type }: RoomEvent): EventAllowed {
    this.entries.push(`checkEventAllowed ${type}`);
    return [true, null];
  }

  @SpamChecker.checkEventForSpam()
  checkEventForSpam({ type }: RoomEvent) {
    return this.#pass(`checkEventForSpam ${type}`);
  }

  @ThirdPartyRules.onNewEvent()
  onNewEvent({ type }: RoomEvent) {
    this.entries.push(`onNewEvent ${type}`);
  }

  @SpamChecker.checkRegistrationForSpam()
  checkRegistrationForSpam() {
    this.entries.push("checkRegistrationForSpam");
    return RegistrationBehaviour.ALLOW;
  }

  @PasswordAuth.getUsernameForRegistration()
  getUsernameForRegistration() {
    this.entries.push("getUsernameForRegistration");
    return null;
  }

  @PasswordAuth.getDisplaynameForRegistration()
  getDisplaynameForRegistration() {
    this.entries.push("getDisplaynameForRegistration");
    return null;
  }

  @PasswordAuth.is3pidAllowed()
  is3pidAllowed() {
    this.entries.push("is3pidAllowed");
    return true;
  }

  @AccountValidity.onUserRegistration()
  onUserRegistration() {
    this.entries.push("onUserRegistration");
  }

  @ThirdPartyRules.onAddUserThirdPartyIdentifier()
  onAdd() {
    this.entries.push("onAddUserThirdPartyIdentifier");
  }

  @ThirdPartyRules.onThreepidBind()
  onThreepidBind() {
    this.entries.push("onThreepidBind");
  }

  @PasswordAuth.authChecker("m.login.password", ["password"])
  authChecker(): [UserId, () => void] {
    this.entries.push("authChecker");
    return ["@alice:example.org", () => void this.entries.push("onLogin")];
  }

  @SpamChecker.checkLoginForSpam()
  checkLoginForSpam() {
    return this.#pass("checkLoginForSpam");
  }

  @AccountValidity.onUserLogin()
  onUserLogin() {
    this.entries.push("onUserLogin");
  }

  @MediaRepository.isUserAllowedToUploadMediaOfSize()
  isUserAllowedToUploadMediaOfSize() {
    this.entries.push("isUserAllowedToUploadMediaOfSize");
    return true;
  }

  @SpamChecker.checkMediaFileForSpam()
  checkMediaFileForSpam() {
    return this.#pass("checkMediaFileForSpam");
  }

  @MediaRepository.getMediaUploadLimitsForUser()
  getMediaUploadLimitsForUser() {
    this.entries.push("getMediaUploadLimitsForUser");
    return null;
  }
}

describe("the order of hooks in the in-memory homeserver", () => {
  async function started() {
    const kit = await testModule(Journal);
    const alice = await kit.homeserver.user("alice");
    kit.module.take();
    return { kit, journal: kit.module, alice, [Symbol.asyncDispose]: () => kit.stop() };
  }

  for (const version of ["11", "12"]) {
    it(`case 431: the order of hooks of a room of version ${version} that is created: no spam checker is asked about its first events`, async () => {
      await using t = await started();
      await t.alice.createRoom({ room_alias_name: "tea", invite: ["@bob:example.org"], room_version: version });
      const entries = t.journal.take().filter((entry) => !entry.startsWith("onNewEvent"));
      // From version 12 on, the id of the room is made of the create event.
      const create = "checkEventAllowed m.room.create";
      expect(entries).to.deep.equal([
        "onCreateRoom",
        "userMayCreateRoom",
        ...(version === "12" ? [create] : []),
        "checkVisibilityCanBeModified",
        "userMayCreateRoomAlias",
        ...(version === "12" ? [] : [create]),
        "checkEventAllowed m.room.member",
        "checkEventAllowed m.room.power_levels",
        "checkEventAllowed m.room.canonical_alias",
        "checkEventAllowed m.room.join_rules",
        "checkEventAllowed m.room.history_visibility",
        "checkEventAllowed m.room.guest_access",
        "userMayInvite",
        "checkEventAllowed m.room.member",
      ]);
    });
  }

  it("case 430: the order of hooks of messages and state", async () => {
    await using t = await started();
    const room = await t.alice.createRoom();
    t.journal.take();
    await t.alice.sendText(room, "hi");
    const message = ["checkEventAllowed", "checkEventForSpam", "onNewEvent"].map((hook) => `${hook} m.room.message`);
    expect(t.journal.take()).to.deep.equal(message);
    await t.alice.sendState(room, "m.room.topic", { topic: "Tea" });
    const state = ["checkEventAllowed", "checkEventForSpam", "onNewEvent"].map((hook) => `${hook} m.room.topic`);
    expect(t.journal.take()).to.deep.equal(["userMaySendStateEvent", ...state]);
  });

  it("case 432: the order of hooks of invites and joins: memberships aren't spam", async () => {
    await using t = await started();
    const room = await t.alice.createRoom();
    const bob = await t.kit.homeserver.user("bob");
    t.journal.take();
    await t.alice.invite(room, bob.userId);
    const member = ["checkEventAllowed m.room.member", "onNewEvent m.room.member"];
    expect(t.journal.take()).to.deep.equal(["userMayInvite", ...member]);
    await bob.join(room);
    expect(t.journal.take()).to.deep.equal(["userMayJoinRoom", ...member]);
    await bob.join(room);
    expect(t.journal.take(), "a join that changes nothing").to.deep.equal([]);
    await bob.leave(room);
    expect(t.journal.take()).to.deep.equal(member);
  });

  it("case 436: the order of hooks of an address that is invited", async () => {
    await using t = await started();
    const room = await t.alice.createRoom();
    t.journal.take();
    await t.alice.invite3pid(room, "email", "bob@example.com");
    expect(t.journal.take()).to.deep.equal([
      "checkThreepidCanBeInvited",
      "userMaySend3pidInvite",
      "checkEventAllowed m.room.third_party_invite",
      "checkEventForSpam m.room.third_party_invite",
      "onNewEvent m.room.third_party_invite",
    ]);
  });

  it("case 437: the order of hooks of a room that is published, and taken back", async () => {
    await using t = await started();
    const room = await t.alice.createRoom();
    t.journal.take();
    await t.alice.setVisibility(room, "public");
    await t.alice.setVisibility(room, "private");
    const asked = ["userMayPublishRoom", "checkVisibilityCanBeModified", "userMayPublishRoom"];
    expect(t.journal.take()).to.deep.equal(asked);
  });

  it("case 438: the order of hooks of a registration with an address that was proven", async () => {
    await using t = await started();
    const { threepids, clientRegistration } = t.kit.homeserver;
    const secret = "secret";
    const wanted = { medium: "email", address: "carol@example.com", clientSecret: secret } as const;
    const sid = await threepids.requestToken(wanted, true);
    await threepids.submitToken(sid, /\d{6}/.exec(t.kit.mails[0]!.text)![0]);
    const origin = { ip: "127.0.0.1", userAgent: null };
    const session = await failureFields(clientRegistration.register({ username: "carol", password: "x" }, origin));
    const creds = { sid, client_secret: secret };
    const email = { session, type: "m.login.email.identity", threepid_creds: creds };
    await failureFields(clientRegistration.register({ auth: email }, origin));
    await clientRegistration.register({ auth: { session, type: "m.login.dummy" } }, origin);
    expect(t.journal.take()).to.deep.equal([
      "is3pidAllowed",
      "is3pidAllowed",
      "getUsernameForRegistration",
      "getDisplaynameForRegistration",
      "checkRegistrationForSpam",
      "onUserRegistration",
      "onAddUserThirdPartyIdentifier",
      "onThreepidBind",
    ]);
  });

  it("case 439: the order of hooks of a login", async () => {
    await using t = await started();
    await t.kit.homeserver.logIn({ type: "m.login.password", user: "alice", password: "secret" });
    expect(t.journal.take()).to.deep.equal(["authChecker", "checkLoginForSpam", "onUserLogin", "onLogin"]);
  });

  it("case 461: the order of hooks of an upload", async () => {
    await using t = await started();
    await t.alice.upload({ content: new Uint8Array(3) });
    expect(t.journal.take()).to.deep.equal([
      "isUserAllowedToUploadMediaOfSize",
      "checkMediaFileForSpam",
      "getMediaUploadLimitsForUser",
    ]);
  });

  it("case 433: the order of hooks of events of another server: no rule is asked", async () => {
    await using t = await started();
    const room = await t.alice.createRoom();
    t.journal.take();
    const message = { room_id: room, type: "m.room.message", sender: "@eve:elsewhere", content: {} } as const;
    await t.kit.homeserver.federation.receive(message);
    expect(t.journal.take()).to.deep.equal(["checkEventForSpam m.room.message", "onNewEvent m.room.message"]);
  });
});

/** The session in which a client is asked to continue. */
async function failureFields(promise: Promise<unknown>): Promise<string> {
  const { fields } = (await failureOf(promise)) as { fields: { session: string } };
  return fields.session;
}
