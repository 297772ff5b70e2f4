import { expect } from "chai";
import {
  Codes,
  Module,
  Registration,
  RegistrationBehaviour,
  SpamChecker,
  ThirdPartyRules,
  inject,
  type JsonObject,
  type MatrixError,
  type RoomEvent,
  type RoomEventDict,
} from "#src/index.js";
import { userId } from "#src/testing.js";
import { roomEvent } from "#src/testing/builders.js";
import { failureOf } from "../failure-of.js";
import { testModule, testModules } from "./kit.js";

const ALICE = userId("alice");
const BOB = userId("bob");

/** Answers as a test says, and notes what it is asked. */
@Module()
class Asked {
  denies = false;
  replaces: ((event: RoomEvent) => RoomEventDict | null) | undefined;
  readonly asked: [hook: string, what: unknown][] = [];

  constructor(@inject(Registration) readonly registration: Registration) {}

  @SpamChecker.userMayJoinRoom()
  join(user: string) {
    this.asked.push(["userMayJoinRoom", user]);
    return this.denies ? Codes.FORBIDDEN : "NOT_SPAM";
  }

  @SpamChecker.checkEventForSpam()
  event({ type }: RoomEvent) {
    this.asked.push(["checkEventForSpam", type]);
    return this.denies ? Codes.FORBIDDEN : "NOT_SPAM";
  }

  @ThirdPartyRules.checkEventAllowed()
  allowed(event: RoomEvent) {
    this.asked.push(["checkEventAllowed", event.content]);
    return [true, this.replaces?.(event) ?? null] as const;
  }

  @ThirdPartyRules.checkThreepidCanBeInvited()
  invited(_medium: string, address: string) {
    this.asked.push(["checkThreepidCanBeInvited", address]);
    return !this.denies;
  }

  @ThirdPartyRules.onNewEvent()
  stored({ type, internalMetadata: { softFailed } }: RoomEvent) {
    this.asked.push(["onNewEvent", [type, softFailed]]);
  }
}

/** Names a room, and a second module adds to the name. */
@Module()
class Names {
  @ThirdPartyRules.onCreateRoom()
  name(_requester: unknown, content: JsonObject) {
    content["name"] = "Tea";
  }
}

@Module()
class NamesMore {
  @ThirdPartyRules.onCreateRoom()
  name(_requester: unknown, content: JsonObject) {
    content["name"] = `${content["name"] as string}, green`;
  }
}

@Module()
class NoRegistrations {
  @SpamChecker.checkRegistrationForSpam()
  register() {
    return RegistrationBehaviour.DENY;
  }
}

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  const { status, errcode } = (await failureOf(promise)) as MatrixError;
  return [status, errcode];
}

describe("conformance: further statements", () => {
  it("case 424: getDict of an event is a fresh copy that can be changed", () => {
    const event = roomEvent({ content: { list: [1] } });
    const dict = event.getDict();
    (dict.content["list"] as number[]).push(2);
    expect([event.content, event.getDict().content]).to.deep.equal([{ list: [1] }, { list: [1] }]);
  });

  it("case 434: userMayJoinRoom isn't asked about an administrator who joins", async () => {
    await using kit = await testModule(Asked);
    const room = await (await kit.homeserver.user("alice")).createRoom({ preset: "public_chat" });
    const admin = await kit.homeserver.user("admin", { admin: true });
    kit.module.denies = true;
    await admin.join(room);
    expect(await refusal((await kit.homeserver.user("bob")).join(room))).to.deep.equal([403, "M_FORBIDDEN"]);
    expect(kit.module.asked.filter(([hook]) => hook === "userMayJoinRoom")).to.deep.equal([["userMayJoinRoom", BOB]]);
  });

  it("case 441: a replacement isn't asked about again, and has the metadata of the original", async () => {
    await using kit = await testModule(Asked);
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    kit.module.asked.length = 0;
    kit.module.replaces = (event) => ({ ...event.getDict(), content: { body: "other", msgtype: "m.text" } });
    const event = (await kit.homeserver.store.find(await alice.sendText(room, "one")))!;
    const asked = kit.module.asked.filter(([hook]) => hook === "checkEventAllowed");
    expect(asked).to.deep.equal([["checkEventAllowed", { body: "one", msgtype: "m.text" }]]);
    expect([event.content["body"], event.internalMetadata.deviceId]).to.deep.equal(["other", alice.deviceId]);
  });

  it("case 444: what onCreateRoom changes is seen by later modules, and made", async () => {
    await using kit = await testModules([{ module: Names }, { module: NamesMore }]);
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom({ name: "Coffee" });
    expect((await alice.state(room)).get("m.room.name")?.content).to.deep.equal({ name: "Tea, green" });
  });

  it("case 446: an address that checkThreepidCanBeInvited denies isn't looked up: 403 M_FORBIDDEN", async () => {
    await using kit = await testModule(Asked);
    const alice = await kit.homeserver.user("alice");
    const room = await alice.createRoom();
    kit.remote.threepids.set("email:bob@example.com", BOB);
    kit.module.denies = true;
    const invite = alice.invite3pid(room, "email", "bob@example.com");
    expect(await refusal(invite)).to.deep.equal([403, "M_FORBIDDEN"]);
    expect((await alice.state(room)).get("m.room.member", BOB)).to.equal(undefined);
  });

  it("case 448: onNewEvent is notified of an event of another server that was soft-failed", async () => {
    await using kit = await testModule(Asked);
    const room = await (await kit.homeserver.user("alice")).createRoom();
    kit.module.asked.length = 0;
    kit.module.denies = true;
    const content = { body: "spam" };
    await kit.homeserver.federation.receive({
      room_id: room,
      type: "m.room.message",
      sender: "@eve:elsewhere",
      content,
    });
    expect(kit.module.asked).to.deep.equal([
      ["checkEventForSpam", "m.room.message"],
      ["onNewEvent", ["m.room.message", true]],
    ]);
  });

  it("case 474: registerDevice makes a device with a token that authenticates", async () => {
    await using kit = await testModule(Asked);
    await kit.homeserver.user("alice");
    const device = await kit.module.registration.registerDevice(ALICE, { deviceId: "PHONE" });
    expect(device).to.deep.include({ deviceId: "PHONE", validUntilMs: null, refreshToken: null });
    expect((await kit.homeserver.sessions.find(device.accessToken))?.requester).to.include({
      userId: ALICE,
      deviceId: "PHONE",
    });
  });

  it("case 507: checkEventForSpam isn't asked about an event whose content isn't what was hashed", async () => {
    await using kit = await testModule(Asked);
    const room = await (await kit.homeserver.user("alice")).createRoom();
    kit.module.asked.length = 0;
    const event = { room_id: room, type: "m.room.message", sender: "@eve:elsewhere", content: { body: "x" } } as const;
    const stored = await kit.homeserver.federation.receive({ ...event, hashes: { sha256: "of another content" } });
    expect(stored!.content).to.deep.equal({});
    expect(kit.module.asked.map(([hook]) => hook)).to.deep.equal(["onNewEvent"]);
  });

  it("case 511: a membership that a module changes takes the way of a client's: its hooks are asked", async () => {
    await using kit = await testModule(Asked);
    const alice = await kit.homeserver.user("alice");
    await kit.homeserver.user("bob");
    const room = await alice.createRoom({ preset: "public_chat" });
    kit.module.asked.length = 0;
    const { rooms } = kit.homeserver.services;
    await rooms.updateRoomMembership(BOB, BOB, room, "join");
    expect(kit.module.asked.map(([hook]) => hook)).to.deep.equal([
      "userMayJoinRoom",
      "checkEventAllowed",
      "onNewEvent",
    ]);
    kit.module.denies = true;
    await rooms.updateRoomMembership(BOB, BOB, room, "leave");
    expect(await refusal(rooms.updateRoomMembership(BOB, BOB, room, "join"))).to.deep.equal([403, "M_FORBIDDEN"]);
  });

  it("case 512: a user's devices receive the user's own presence", async () => {
    await using kit = await testModule(Asked);
    const alice = await kit.homeserver.user("alice");
    await alice.setPresence("online", "here");
    expect(await alice.syncPresence()).to.deep.equal([{ userId: ALICE, state: "online", statusMsg: "here" }]);
  });

  it("case 514: checkRegistrationForSpam isn't asked about accounts of application services", async () => {
    await using kit = await testModules([{ module: NoRegistrations }]);
    const own = kit.homeserver.accounts.create({ localpart: "carol" });
    expect(await refusal(own)).to.deep.equal([429, "M_UNKNOWN"]);
    const ofService = await kit.homeserver.accounts.create({ localpart: "bridge_carol", appServiceId: "bridge" });
    expect(ofService).to.equal(userId("bridge_carol"));
  });

  it("case 500: Codes has irregular codes as they are on the wire", () => {
    const { EXPIRED_ACCOUNT, USER_ACCOUNT_SUSPENDED, UNABLE_AUTHORISE_JOIN, AS_PING_BAD_STATUS } = Codes;
    expect({ EXPIRED_ACCOUNT, USER_ACCOUNT_SUSPENDED, UNABLE_AUTHORISE_JOIN, AS_PING_BAD_STATUS }).to.deep.equal({
      EXPIRED_ACCOUNT: "ORG_MATRIX_EXPIRED_ACCOUNT",
      USER_ACCOUNT_SUSPENDED: "M_USER_SUSPENDED",
      UNABLE_AUTHORISE_JOIN: "M_UNABLE_TO_AUTHORISE_JOIN",
      AS_PING_BAD_STATUS: "M_BAD_STATUS",
    });
  });
});
