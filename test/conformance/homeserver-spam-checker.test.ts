import { expect } from "chai";
import {
  Codes,
  Module,
  NOT_SPAM,
  RegistrationBehaviour,
  SpamChecker,
  RoomAlias,
  deny,
  type JsonObject,
  type RoomEvent,
  type RoomId,
  type SpamAnswer,
  type UserId,
  type UserProfile,
} from "#src/index.js";
import { userId } from "#src/testing.js";
import { failureOf } from "../failure-of.js";
import { testModule } from "./kit.js";

const ALICE = userId("alice");
const BOB = userId("bob");

/** Answers what a test says, in the deprecated forms, too, and notes what it was asked. */
@Module()
class Checker {
  /** By hook; a hook that is not here passes. */
  answers: Record<string, unknown> = {};
  readonly calls: [hook: string, ...args: unknown[]][] = [];

  @SpamChecker.userMayCreateRoom()
  userMayCreateRoom(user: UserId, config: JsonObject) {
    return this.#answer("userMayCreateRoom", user, config);
  }

  @SpamChecker.userMaySendStateEvent()
  userMaySendStateEvent(user: UserId, room: RoomId, type: string, stateKey: string, content: JsonObject) {
    return this.#answer("userMaySendStateEvent", user, room, type, stateKey, content);
  }

  @SpamChecker.userMayJoinRoom()
  userMayJoinRoom(user: UserId, room: RoomId, isInvited: boolean) {
    return this.#answer("userMayJoinRoom", user, room, isInvited);
  }

  @SpamChecker.userMayInvite()
  userMayInvite(inviter: UserId, invitee: UserId, room: RoomId) {
    return this.#answer("userMayInvite", inviter, invitee, room);
  }

  @SpamChecker.federatedUserMayInvite()
  federatedUserMayInvite(event: RoomEvent) {
    return this.#answer("federatedUserMayInvite", event.sender);
  }

  @SpamChecker.userMaySend3pidInvite()
  userMaySend3pidInvite(inviter: UserId, medium: string, address: string, room: RoomId) {
    return this.#answer("userMaySend3pidInvite", inviter, medium, address, room);
  }

  @SpamChecker.userMayCreateRoomAlias()
  userMayCreateRoomAlias(user: UserId, alias: RoomAlias) {
    return this.#answer("userMayCreateRoomAlias", user, alias.toString());
  }

  @SpamChecker.userMayPublishRoom()
  userMayPublishRoom(user: UserId, room: RoomId) {
    return this.#answer("userMayPublishRoom", user, room);
  }

  @SpamChecker.checkEventForSpam()
  checkEventForSpam(event: RoomEvent) {
    if (event.type === "m.room.redaction") return this.#answer("redaction");
    return event.type === "m.room.message" ? this.#answer("checkEventForSpam", event.content.body) : NOT_SPAM;
  }

  @SpamChecker.shouldDropFederatedEvent()
  shouldDropFederatedEvent(): boolean {
    return (this.answers["shouldDropFederatedEvent"] ?? false) as boolean;
  }

  @SpamChecker.checkLoginForSpam()
  checkLoginForSpam(...args: unknown[]) {
    return this.#answer("checkLoginForSpam", ...args.slice(0, 5));
  }

  @SpamChecker.checkRegistrationForSpam()
  checkRegistrationForSpam(_email: unknown, username: string | null, _info: unknown, provider: string | null) {
    const answer = this.answers["checkRegistrationForSpam"];
    if (typeof answer === "function") return answer(username, provider) as RegistrationBehaviour;
    return (answer as RegistrationBehaviour | undefined) ?? RegistrationBehaviour.ALLOW;
  }

  @SpamChecker.checkUsernameForSpam()
  checkUsernameForSpam(profile: UserProfile, requester: UserId): boolean {
    this.calls.push(["checkUsernameForSpam", profile.user_id, requester]);
    return (this.answers["checkUsernameForSpam"] ?? false) as boolean;
  }

  @SpamChecker.checkMediaFileForSpam()
  async checkMediaFileForSpam(file: { writeChunksTo(write: (chunk: Uint8Array) => void): Promise<void> }) {
    let text = "";
    await file.writeChunksTo((chunk) => (text += Buffer.from(chunk).toString()));
    if (text.startsWith("boolean")) return text.includes("bad") as unknown as SpamAnswer;
    if (text.includes("pair")) return [Codes.FORBIDDEN, {}] as unknown as SpamAnswer;
    return text.includes("evil") ? Codes.FORBIDDEN : NOT_SPAM;
  }

  callsOf(hook: string): unknown[][] {
    return this.calls.filter(([name]) => name === hook).map(([, ...args]) => args);
  }

  #answer(hook: string, ...args: unknown[]): SpamAnswer {
    this.calls.push([hook, ...args]);
    return (this.answers[hook] ?? NOT_SPAM) as SpamAnswer;
  }
}

@Module()
class OfOneParameter {
  readonly users: UserId[] = [];

  @SpamChecker.userMayCreateRoom()
  userMayCreateRoom(user: UserId) {
    this.users.push(user);
    return NOT_SPAM;
  }
}

@Module()
class OfThreeParameters {
  behaviour: RegistrationBehaviour = RegistrationBehaviour.ALLOW;
  readonly asked: unknown[][] = [];

  @SpamChecker.checkRegistrationForSpam()
  checkRegistrationForSpam(email: unknown, username: string | null, info: unknown) {
    this.asked.push([email, username, info]);
    return this.behaviour;
  }
}

async function started() {
  const kit = await testModule(Checker);
  const alice = await kit.homeserver.user("alice");
  return { kit, checker: kit.module, alice, [Symbol.asyncDispose]: () => kit.stop() };
}

/** The status, the code and the further members of the body that a client receives. */
async function refusal(promise: Promise<unknown>): Promise<unknown> {
  const error = (await failureOf(promise)) as { status: number; errcode: string; fields: object };
  return { status: error.status, errcode: error.errcode, ...error.fields };
}

describe("conformance: spam checkers in a homeserver", () => {
  describe("userMayCreateRoom", () => {
    it("case 43: it is asked with the user and exactly the body of the request", async () => {
      await using t = await started();
      await t.alice.createRoom({ foo: "baa" });
      expect(t.checker.callsOf("userMayCreateRoom")).to.deep.equal([[ALICE, { foo: "baa" }]]);
    });

    it("case 44: the body arrives with its initial_state", async () => {
      await using t = await started();
      const body = { initial_state: [{ type: "m.room.topic", content: { topic: "foo" } }] };
      await t.alice.createRoom(structuredClone(body));
      expect(t.checker.callsOf("userMayCreateRoom")).to.deep.equal([[ALICE, body]]);
    });

    it("case 45: an upgrade is asked about with the state that will be copied", async () => {
      await using t = await started();
      const room = await t.alice.createRoom({ topic: "foo" });
      await t.alice.upgradeRoom(room, "11");
      const [, config] = t.checker.callsOf("userMayCreateRoom")[1] as [UserId, { initial_state: unknown[] }];
      expect(Object.keys(config)).to.deep.equal(["creation_content", "initial_state"]);
      expect(config.initial_state).to.deep.include({
        type: "m.room.topic",
        state_key: "",
        content: { topic: "foo" },
      });
    });

    it("case 46: its code refuses the room with a 403", async () => {
      await using t = await started();
      t.checker.answers = { userMayCreateRoom: Codes.UNAUTHORIZED };
      expect(await refusal(t.alice.createRoom())).to.deep.equal({ status: 403, errcode: "M_UNAUTHORIZED" });
      expect(t.checker.callsOf("userMayCreateRoom")).to.deep.equal([[ALICE, {}]]);
    });

    it("case 47: a callback that declares the user alone is asked", async () => {
      await using kit = await testModule(OfOneParameter);
      const alice = await kit.homeserver.user("alice");
      expect(await alice.createRoom({ foo: "baa" })).to.match(/^!/);
      expect(kit.module.users).to.deep.equal([ALICE]);
    });

    it("case 86: it isn't asked about an administrator who creates a room", async () => {
      await using t = await started();
      t.checker.answers = { userMayCreateRoom: Codes.UNAUTHORIZED };
      const admin = await t.kit.homeserver.user("admin", { admin: true });
      expect(await admin.createRoom()).to.match(/^!/);
      expect(t.checker.callsOf("userMayCreateRoom")).to.deep.equal([]);
    });

    it("case 87: it is asked about an administrator who upgrades a room", async () => {
      await using t = await started();
      const admin = await t.kit.homeserver.user("admin", { admin: true });
      const room = await admin.createRoom();
      t.checker.answers = { userMayCreateRoom: Codes.UNAUTHORIZED };
      expect(await refusal(admin.upgradeRoom(room))).to.deep.equal({ status: 403, errcode: "M_UNAUTHORIZED" });
    });
  });

  describe("userMaySendStateEvent", () => {
    it("case 48: it is asked with user, room, type, state key and content", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      await t.alice.sendState(room, "test.type", { test: 42 }, "key");
      const asked = [ALICE, room, "test.type", "key", { test: 42 }];
      expect(t.checker.callsOf("userMaySendStateEvent")).to.deep.equal([asked]);
    });

    it("case 49: its code refuses the event with a 403", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.checker.answers = { userMaySendStateEvent: Codes.FORBIDDEN };
      const sending = t.alice.sendState(room, "test.type", {});
      expect(await refusal(sending)).to.deep.equal({ status: 403, errcode: "M_FORBIDDEN" });
    });
  });

  describe("userMayJoinRoom", () => {
    for (const [number, answers] of [
      [51, [false]],
      [52, [Codes.FORBIDDEN, [Codes.FORBIDDEN, {}]]],
    ] as const) {
      it(`case ${number}: the creator of a room isn't asked about`, async () => {
        await using t = await started();
        for (const answer of answers) {
          t.checker.answers = { userMayJoinRoom: answer };
          await t.alice.createRoom();
        }
        expect(t.checker.callsOf("userMayJoinRoom")).to.deep.equal([]);
      });
    }

    for (const [number, answer, isInvited] of [
      [53, true, false],
      [54, true, true],
      [56, NOT_SPAM, false],
      [56, NOT_SPAM, true],
    ] as const) {
      it(`case ${number}: ${String(answer)} lets ${isInvited ? "an invited" : "a"} user join, and isInvited is ${isInvited}`, async () => {
        await using t = await started();
        t.checker.answers = { userMayJoinRoom: answer };
        const bob = await t.kit.homeserver.user("bob");
        const room = await t.alice.createRoom({ preset: "public_chat" });
        if (isInvited) await t.alice.invite(room, BOB);
        await bob.join(room);
        expect(t.checker.callsOf("userMayJoinRoom")).to.deep.equal([[BOB, room, isInvited]]);
        expect((await bob.state(room)).get("m.room.member", BOB)?.membership).to.equal("join");
      });
    }

    for (const [number, answer, body] of [
      [55, false, { errcode: "M_FORBIDDEN" }],
      [57, Codes.RESOURCE_LIMIT_EXCEEDED, { errcode: "M_RESOURCE_LIMIT_EXCEEDED" }],
      [58, [Codes.BAD_ALIAS, { another_field: 12345 }], { errcode: "M_BAD_ALIAS", another_field: 12345 }],
    ] as const) {
      it(`case ${number}: ${JSON.stringify(answer)} refuses an invited user with a 403`, async () => {
        await using t = await started();
        t.checker.answers = { userMayJoinRoom: answer };
        const bob = await t.kit.homeserver.user("bob");
        const room = await t.alice.createRoom();
        await t.alice.invite(room, BOB);
        expect(await refusal(bob.join(room))).to.deep.equal({ status: 403, ...body });
      });
    }
  });

  describe("checkEventForSpam", () => {
    for (const [number, answer] of [
      [59, NOT_SPAM],
      [60, false],
    ] as const) {
      it(`case ${number}: ${String(answer)} lets a message pass`, async () => {
        await using t = await started();
        const room = await t.alice.createRoom();
        t.checker.answers = { checkEventForSpam: answer };
        expect(await t.alice.sendText(room, "hello")).to.match(/^\$/);
        expect(t.checker.callsOf("checkEventForSpam")).to.deep.equal([["hello"]]);
      });
    }

    for (const [number, answer, body] of [
      [61, "any other text", { errcode: "M_FORBIDDEN" }],
      [62, true, { errcode: "M_FORBIDDEN" }],
      [63, Codes.LIMIT_EXCEEDED, { errcode: "M_LIMIT_EXCEEDED" }],
      [
        64,
        [Codes.SERVER_NOT_TRUSTED, { additional_field: 12345 }],
        { errcode: "M_SERVER_NOT_TRUSTED", additional_field: 12345 },
      ],
    ] as const) {
      it(`case ${number}: ${JSON.stringify(answer)} refuses a message with a 403`, async () => {
        await using t = await started();
        const room = await t.alice.createRoom();
        t.checker.answers = { checkEventForSpam: answer };
        expect(await refusal(t.alice.sendText(room, "hello"))).to.deep.equal({ status: 403, ...body });
        expect(t.checker.callsOf("checkEventForSpam")).to.deep.equal([["hello"]]);
      });
    }

    it("case 50: a denied event of another server is kept as a soft-failed skeleton that is marked as spam", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      const receive = (body: string) =>
        t.kit.homeserver.federation.receive({
          room_id: room,
          type: "m.room.message",
          sender: "@eve:elsewhere",
          content: { body },
        });
      t.checker.answers = { checkEventForSpam: Codes.FORBIDDEN };
      const spam = await receive("spam");
      t.checker.answers = {};
      const ham = await receive("ham");
      expect(spam).to.deep.include({ content: {} });
      expect(spam!.internalMetadata).to.include({ softFailed: true, spamCheckerSpammy: true });
      expect(ham).to.deep.include({ content: { body: "ham" } });
      expect(ham!.internalMetadata).to.not.have.any.keys("softFailed", "spamCheckerSpammy");
    });
  });

  describe("userMaySend3pidInvite", () => {
    for (const [number, answer] of [
      [65, true],
      [67, NOT_SPAM],
    ] as const) {
      it(`case ${number}: ${String(answer)} lets an address be invited`, async () => {
        await using t = await started();
        const room = await t.alice.createRoom();
        t.checker.answers = { userMaySend3pidInvite: answer };
        await t.alice.invite3pid(room, "email", "foo@example.com");
        const asked = [ALICE, "email", "foo@example.com", room];
        expect(t.checker.callsOf("userMaySend3pidInvite")).to.deep.equal([asked]);
        expect(t.kit.remote.invitesStored).to.deep.equal([
          { medium: "email", address: "foo@example.com", roomId: room, inviter: ALICE },
        ]);
      });
    }

    for (const [number, answer, body] of [
      [66, false, { errcode: "M_FORBIDDEN" }],
      [68, Codes.RESOURCE_LIMIT_EXCEEDED, { errcode: "M_RESOURCE_LIMIT_EXCEEDED" }],
      [69, [Codes.EXPIRED_ACCOUNT, { field: "value" }], { errcode: "ORG_MATRIX_EXPIRED_ACCOUNT", field: "value" }],
    ] as const) {
      it(`case ${number}: ${JSON.stringify(answer)} refuses with a 403, and nothing is stored`, async () => {
        await using t = await started();
        const room = await t.alice.createRoom();
        t.checker.answers = { userMaySend3pidInvite: answer };
        const inviting = t.alice.invite3pid(room, "email", "foo@example.com");
        expect(await refusal(inviting)).to.deep.equal({ status: 403, ...body });
        expect(t.kit.remote.invitesStored).to.deep.equal([]);
      });
    }

    it("case 436: userMaySend3pidInvite isn't asked about an address that belongs to a user, who is invited instead", async () => {
      await using t = await started();
      const room = await t.alice.createRoom();
      t.kit.remote.threepids.set("email:bob@example.com", BOB);
      await t.alice.invite3pid(room, "email", "bob@example.com");
      expect(t.checker.callsOf("userMaySend3pidInvite")).to.deep.equal([]);
      expect(t.checker.callsOf("userMayInvite")).to.deep.equal([[ALICE, BOB, room]]);
    });
  });

  describe("checkLoginForSpam", () => {
    const LOGIN = { type: "m.login.password", user: "carol", password: "wonderland", device_id: "PHONE" };

    it("case 70: a correct login passes, and the hook sees where it came from", async () => {
      await using t = await started();
      await t.kit.homeserver.user("carol", { password: "wonderland" });
      expect((await t.kit.homeserver.logIn(LOGIN)).userId).to.equal("@carol:example.org");
      const asked = ["@carol:example.org", "PHONE", null, [["ligand-testing", "127.0.0.1"]], null];
      expect(t.checker.callsOf("checkLoginForSpam")).to.deep.equal([asked]);
    });

    it("case 71: a pair of code and fields refuses a correct login with a 403", async () => {
      await using t = await started();
      await t.kit.homeserver.user("carol", { password: "wonderland" });
      t.checker.answers = { checkLoginForSpam: [Codes.LIMIT_EXCEEDED, { extra: "value" }] };
      expect(await refusal(t.kit.homeserver.logIn(LOGIN))).to.deep.equal({
        status: 403,
        errcode: "M_LIMIT_EXCEEDED",
        extra: "value",
      });
    });
  });

  describe("checkRegistrationForSpam", () => {
    it("case 72: a denied registration looks like rate limiting", async () => {
      await using t = await started();
      t.checker.answers = { checkRegistrationForSpam: RegistrationBehaviour.DENY };
      const registering = t.kit.homeserver.register({ username: "mallory", password: "x" });
      expect(await refusal(registering)).to.deep.equal({ status: 429, errcode: "M_UNKNOWN" });
    });

    for (const [number, behaviour] of [
      [73, RegistrationBehaviour.ALLOW],
      [74, RegistrationBehaviour.DENY],
    ] as const) {
      it(`case ${number}: a callback that declares three parameters answers ${behaviour}`, async () => {
        await using kit = await testModule(OfThreeParameters);
        kit.module.behaviour = behaviour;
        const registering = kit.homeserver.register({ username: "user", password: "x" });
        if (behaviour === RegistrationBehaviour.DENY) {
          expect(await refusal(registering)).to.deep.equal({ status: 429, errcode: "M_UNKNOWN" });
        } else expect((await registering).userId).to.equal("@user:example.org");
        expect(kit.module.asked).to.deep.equal([[null, "user", [["ligand-testing", "127.0.0.1"]]]]);
      });
    }

    it("case 75: a shadow-banned registration succeeds, and the requester is flagged", async () => {
      await using t = await started();
      t.checker.answers = { checkRegistrationForSpam: RegistrationBehaviour.SHADOW_BAN };
      const mallory = await t.kit.homeserver.register({ username: "mallory", password: "x" });
      expect(await mallory.request(async ({ requester }) => requester.shadowBanned)).to.equal(true);
    });

    it("case 76: the identity provider can make the difference", async () => {
      await using t = await started();
      t.checker.answers = {
        checkRegistrationForSpam: (name: string, provider: string) =>
          name.includes("flimflob") && provider === "cas" ? RegistrationBehaviour.DENY : RegistrationBehaviour.ALLOW,
      };
      const { accounts } = t.kit.homeserver;
      const byCas = accounts.create({ localpart: "bobflimflob", authProviderId: "cas" });
      expect(await refusal(byCas)).to.deep.equal({ status: 429, errcode: "M_UNKNOWN" });
      const bySaml = await accounts.create({ localpart: "bobflimflob", authProviderId: "saml" });
      expect(bySaml).to.equal("@bobflimflob:example.org");
    });
  });

  describe("checkUsernameForSpam", () => {
    for (const [number, answer] of [
      [78, false],
      [78, true],
      [79, false],
      [79, true],
    ] as const) {
      it(`case ${number}: ${String(answer)} ${answer ? "hides a user from" : "shows a user to"} the user who searches`, async () => {
        await using t = await started();
        await t.kit.homeserver.user("bob");
        t.checker.answers = { checkUsernameForSpam: answer };
        const { results, limited } = await t.alice.searchUsers("bob");
        const bob = { user_id: BOB, display_name: "bob", avatar_url: null };
        expect({ results, limited }).to.deep.equal({ results: answer ? [] : [bob], limited: false });
        expect(t.checker.callsOf("checkUsernameForSpam")).to.deep.equal([[BOB, ALICE]]);
      });
    }
  });

  for (const [number, text] of [
    [81, "innocent"],
    [82, "bad"],
  ] as const) {
    it(`case ${number}: a checker that answers with the deprecated booleans ${text === "bad" ? "refuses" : "passes"} a file`, async () => {
      await using t = await started();
      const uploading = t.alice.upload({ content: Buffer.from(`boolean ${text}`) });
      if (text === "bad") expect(await refusal(uploading)).to.deep.equal({ status: 400, errcode: "M_UNKNOWN" });
      else expect(await uploading).to.match(/^mxc:/);
    });
  }

  it("case 83: a file that a checker refuses is a 400 to the uploading client, whatever the code", async () => {
    await using t = await started();
    const upload = (text: string) => t.alice.upload({ content: Buffer.from(text) });
    expect(await upload("innocent")).to.match(/^mxc:\/\/example\.org\//);
    expect(await refusal(upload("evil"))).to.deep.equal({ status: 400, errcode: "M_UNKNOWN" });
    expect(await refusal(upload("evil pair"))).to.deep.equal({ status: 400, errcode: "M_UNKNOWN" });
    expect(await t.kit.homeserver.storage.media.find()).to.have.length(1);
  });

  it("case 84: of a user's events that a checker keeps from being redacted, each is reported with the reason", async () => {
    await using t = await started();
    const admin = await t.kit.homeserver.user("admin", { admin: true });
    const room = await t.alice.createRoom();
    const sent = [await t.alice.sendText(room, "one"), await t.alice.sendText(room, "two")];
    t.checker.answers = { redaction: "no redactions" };
    const failed = await admin.admin.redactAllOf(ALICE);
    expect([...failed]).to.deep.equal(sent.map((eventId) => [eventId, "no redactions"]));
    t.checker.answers = {};
    expect([...(await admin.admin.redactAllOf(ALICE))]).to.deep.equal([]);
    expect((await t.alice.event(room, sent[0]!)).content).to.deep.equal({});
  });

  it("case 88: userMayPublishRoom is asked when a room is taken out of the list, too", async () => {
    await using t = await started();
    const room = await t.alice.createRoom();
    t.checker.answers = { userMayPublishRoom: Codes.FORBIDDEN };
    const hiding = t.alice.setVisibility(room, "private");
    expect(await refusal(hiding)).to.deep.equal({ status: 403, errcode: "M_FORBIDDEN" });
    expect(t.checker.callsOf("userMayPublishRoom")).to.deep.equal([[ALICE, room]]);
  });

  it("case 89: an alias is refused to a user with code and fields; an application service isn't asked about", async () => {
    const appService = { id: "irc", token: "irc-token", sender: userId("irc"), owns: () => false };
    await using kit = await testModule(Checker, {}, { settings: { appServices: [appService] } });
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    kit.module.answers = { userMayCreateRoomAlias: deny(Codes.BAD_ALIAS, { field: 1 }) };
    const creating = alice.createAlias(room, "#tea:example.org");
    expect(await refusal(creating)).to.deep.equal({ status: 403, errcode: "M_BAD_ALIAS", field: 1 });
    const session = await kit.homeserver.sessions.find("irc-token");
    const caller = { requester: session!.requester, context: {} };

    await kit.homeserver.directory.createAlias(caller, RoomAlias.fromString("#irc:example.org"), room);
    expect(kit.module.callsOf("userMayCreateRoomAlias")).to.deep.equal([[ALICE, "#tea:example.org"]]);
  });

  const INVITE = {
    room_id: "!theirs:elsewhere",
    type: "m.room.member",
    sender: "@eve:elsewhere",
    state_key: ALICE,
    content: { membership: "invite" },
  } as const;

  it("case 90: a dropped invite of another server is a 403 to that server, and isn't stored", async () => {
    await using t = await started();
    t.checker.answers = { shouldDropFederatedEvent: true };
    const receiving = t.kit.homeserver.federation.receiveInvite(INVITE);
    expect(await refusal(receiving)).to.deep.equal({ status: 403, errcode: "M_UNKNOWN" });
    expect(await t.kit.homeserver.store.timeline("!theirs:elsewhere")).to.deep.equal([]);
  });

  it("case 91: a dropped event of another server isn't stored, and the server isn't notified", async () => {
    await using t = await started();
    const room = await t.alice.createRoom();
    const before = await t.kit.homeserver.store.timeline(room);
    t.checker.answers = { shouldDropFederatedEvent: true };
    const message = { room_id: room, type: "m.room.message", sender: "@eve:elsewhere", content: {} } as const;
    expect(await t.kit.homeserver.federation.receive(message)).to.equal(null);
    expect(await t.kit.homeserver.store.timeline(room)).to.have.length(before.length);
  });

  it("case 435: asks about an invite of another server by both hooks", async () => {
    await using t = await started();
    await t.kit.homeserver.federation.receiveInvite(INVITE);
    const asked = t.checker.calls.filter(([hook]) => hook.endsWith("MayInvite"));
    expect(asked).to.deep.equal([
      ["federatedUserMayInvite", "@eve:elsewhere"],
      ["userMayInvite", "@eve:elsewhere", ALICE, "!theirs:elsewhere"],
    ]);
  });

  it("case 92: it isn't asked about an administrator who invites", async () => {
    await using t = await started();
    const admin = await t.kit.homeserver.user("admin", { admin: true });
    const room = await admin.createRoom();
    t.checker.answers = { userMayInvite: Codes.FORBIDDEN };
    await admin.invite(room, BOB);
    expect(t.checker.callsOf("userMayInvite")).to.deep.equal([]);
  });

  it("case 93: a checker's code replaces that of the server's own rule against invites", async () => {
    await using kit = await testModule(Checker, {}, { settings: { blockNonAdminInvites: true } });
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    kit.module.answers = { userMayInvite: Codes.INVITE_BLOCKED };
    expect(await refusal(alice.invite(room, BOB))).to.deep.equal({ status: 403, errcode: "M_INVITE_BLOCKED" });
    kit.module.answers = {};
    expect(await refusal(alice.invite(room, BOB))).to.deep.equal({ status: 403, errcode: "M_FORBIDDEN" });
  });
});
