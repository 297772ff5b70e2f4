import { expect } from "chai";
import { type JsonObject, type MatrixError, type RoomId, type UserId } from "#src/index.js";
import { testModules, userId, type TestKit, type TestUser } from "#src/testing.js";
import { failureOf } from "../failure-of.js";

const BOB = userId("bob");

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  const { status, errcode } = (await failureOf(promise)) as MatrixError;
  return [status, errcode];
}

const FORBIDDEN = [403, "M_FORBIDDEN"];

describe("rooms of the in-memory homeserver", () => {
  let kit: TestKit;
  let alice: TestUser;
  let bob: TestUser;
  let room: RoomId;

  beforeEach(async () => {
    kit = await testModules([]);
    alice = await kit.homeserver.user("alice");
    bob = await kit.homeserver.user("bob");
    room = await alice.createRoom();
  });

  afterEach(() => kit.stop());

  async function membershipOf(user: UserId): Promise<string | undefined> {
    return (await kit.homeserver.store.state(room)).get("m.room.member", user)?.membership;
  }

  it("rooms of the in-memory homeserver admit only invited users, unless the room is public", async () => {
    expect(await refusal(bob.join(room))).to.deep.equal(FORBIDDEN);
    await alice.invite(room, BOB);
    await bob.join(room);
    expect(await membershipOf(BOB)).to.equal("join");
    const publicRoom = await alice.createRoom({ preset: "public_chat" });
    expect(await bob.join(publicRoom)).to.match(/^\$/);
  });

  it("rooms of the in-memory homeserver refuse an invite by something that isn't a third-party identifier", async () => {
    for (const threepid of ["", null, { medium: "pigeon", address: "a" }, { medium: "email" }]) {
      const body = { invite_3pid: [threepid] } as JsonObject;
      expect(await refusal(alice.createRoom(body)), JSON.stringify(threepid)).to.deep.equal([400, "M_INVALID_PARAM"]);
    }
  });

  it("rooms of the in-memory homeserver let a user kick, ban and unban others with the power to, and no others", async () => {
    await alice.invite(room, BOB);
    await bob.join(room);
    expect(await refusal(bob.kick(room, alice.userId))).to.deep.equal(FORBIDDEN);
    expect(await refusal(bob.ban(room, alice.userId))).to.deep.equal(FORBIDDEN);
    await alice.ban(room, BOB, "noise");
    expect(await membershipOf(BOB)).to.equal("ban");
    expect(await refusal(bob.join(room))).to.deep.equal(FORBIDDEN);
    expect(await refusal(alice.invite(room, BOB))).to.deep.equal(FORBIDDEN);
    await alice.kick(room, BOB);
    expect(await membershipOf(BOB)).to.equal("leave");
  });

  it("rooms of the in-memory homeserver can be left only by users who are in them", async () => {
    expect(await refusal(bob.leave(room))).to.deep.equal(FORBIDDEN);
    await alice.invite(room, BOB);
    await bob.leave(room);
    expect(await membershipOf(BOB)).to.equal("leave");
  });

  it("rooms of the in-memory homeserver can be knocked on where they say so", async () => {
    expect(await refusal(bob.knock(room))).to.deep.equal(FORBIDDEN);
    await alice.sendState(room, "m.room.join_rules", { join_rule: "knock" });
    await bob.knock(room);
    expect(await membershipOf(BOB)).to.equal("knock");
  });

  describe("with a moderator", () => {
    const levels = { users: { [userId("alice")]: 100, [BOB]: 50 }, events: { "m.room.power_levels": 50 }, ban: 50 };

    beforeEach(async () => {
      // In later ones creators stand above all levels.
      room = await alice.createRoom({ room_version: "11" });
      await alice.invite(room, BOB);
      await bob.join(room);
      await alice.sendState(room, "m.room.power_levels", levels);
    });

    const refused: Record<string, object> = {
      "a level above one's own": { ...levels, users: { ...levels.users, [BOB]: 51 } },
      "the level of a user above": { ...levels, users: { [BOB]: 50 } },
      "what an action needs, to above one's own": { ...levels, ban: 51 },
      "what an event needs, to above one's own": { ...levels, events: { ...levels.events, "m.room.name": 60 } },
    };
    for (const [what, content] of Object.entries(refused)) {
      it(`rooms with a moderator let no one change ${what}`, async () => {
        expect(await refusal(bob.sendState(room, "m.room.power_levels", content as JsonObject))).to.deep.equal(
          FORBIDDEN,
        );
      });
    }

    const malformed: Record<string, object> = {
      "a level that is no whole number": { ban: "50" },
      "levels that are no map": { users: [] },
      "a user who is none": { users: { bob: 1 } },
    };
    for (const [what, content] of Object.entries(malformed)) {
      it(`rooms with a moderator refuse ${what}`, async () => {
        const refusing = alice.sendState(room, "m.room.power_levels", content as JsonObject);
        expect(await refusal(refusing)).to.deep.equal([400, "M_BAD_JSON"]);
      });
    }

    it("rooms with a moderator let a moderator grant levels up to their own, and lower it", async () => {
      const users = { ...levels.users, [BOB]: 10, [userId("carol")]: 50 };
      expect(await bob.sendState(room, "m.room.power_levels", { ...levels, users })).to.match(/^\$/);
    });

    it("rooms with a moderator keep state whose key is a user for that user", async () => {
      expect(await refusal(alice.sendState(room, "m.test", {}, BOB))).to.deep.equal(FORBIDDEN);
      expect(await bob.sendState(room, "m.test", {}, BOB)).to.match(/^\$/);
    });
  });

  it("rooms of the in-memory homeserver keep a user without the power from sending state", async () => {
    await alice.invite(room, BOB);
    await bob.join(room);
    expect(await refusal(bob.sendState(room, "m.room.name", { name: "Bob's" }))).to.deep.equal(FORBIDDEN);
    expect(await bob.sendText(room, "hi")).to.match(/^\$/);
  });

  it("rooms of the in-memory homeserver keep out users who aren't in them", async () => {
    expect(await refusal(bob.sendText(room, "hi"))).to.deep.equal(FORBIDDEN);
    expect(await refusal(bob.messages(room))).to.deep.equal(FORBIDDEN);
    expect(await refusal(bob.sendText("!nowhere:example.org", "hi"))).to.deep.equal([404, "M_NOT_FOUND"]);
  });

  it("case 482: rooms of the in-memory homeserver return the existing event when state doesn't change", async () => {
    const first = await alice.sendState(room, "m.room.topic", { topic: "Tea" });
    expect(await alice.sendState(room, "m.room.topic", { topic: "Tea" })).to.equal(first);
    expect(await alice.sendState(room, "m.room.topic", { topic: "Coffee" })).to.not.equal(first);
  });

  it("rooms of the in-memory homeserver show a redacted message as a skeleton with the redaction", async () => {
    const eventId = await alice.sendText(room, "oops");
    const redaction = await alice.redact(room, eventId, "typo");
    const event = await alice.event(room, eventId);
    expect(event.content).to.deep.equal({});
    expect(event.unsigned!.redacted_because).to.deep.include({ event_id: redaction, type: "m.room.redaction" });
    await alice.invite(room, BOB);
    await bob.join(room);
    expect(await refusal(bob.redact(room, await alice.sendText(room, "mine")))).to.deep.equal(FORBIDDEN);
  });

  it("rooms of the in-memory homeserver begin with the name, topic, alias and state that are asked for, and invite whom they should", async () => {
    const other = await alice.createRoom({
      name: "Tea",
      topic: "Leaves",
      room_alias_name: "tea",
      visibility: "public",
      invite: [BOB],
      is_direct: true,
      initial_state: [{ type: "m.room.join_rules", content: { join_rule: "knock" } }],
      power_level_content_override: { invite: 100 },
    });
    const state = await alice.state(other);
    expect(state.get("m.room.name")?.content).to.deep.equal({ name: "Tea" });
    expect(state.get("m.room.topic")?.content).to.deep.equal({ topic: "Leaves" });
    expect(state.get("m.room.canonical_alias")?.content).to.deep.equal({ alias: "#tea:example.org" });
    expect(state.get("m.room.join_rules")?.content).to.deep.equal({ join_rule: "knock" });
    expect(state.get("m.room.power_levels")?.content.invite).to.equal(100);
    expect(state.get("m.room.member", BOB)?.content).to.deep.include({ membership: "invite", is_direct: true });
    expect(await kit.homeserver.services.publicRooms.roomIsInPublicRoomList(other)).to.equal(true);
  });

  for (const [what, body, errcode] of [
    ["an unknown version", { room_version: "99" }, "M_UNSUPPORTED_ROOM_VERSION"],
    ["an unknown visibility", { visibility: "secret" }, "M_INVALID_PARAM"],
    ["an unknown preset", { preset: "party" }, "M_INVALID_PARAM"],
    ["an alias with a colon", { room_alias_name: "a:b" }, "M_INVALID_PARAM"],
    ["an invite without a user id", { invite: ["bob"] }, "M_INVALID_PARAM"],
    ["a name that isn't a string", { name: 3 }, "M_INVALID_PARAM"],
    ["state without a type", { initial_state: [{ content: {} }] }, "M_INVALID_PARAM"],
    ["state that isn't a list", { initial_state: {} }, "M_INVALID_PARAM"],
    ["levels that are not an object", { power_level_content_override: [] }, "M_INVALID_PARAM"],
  ] as const) {
    it(`rooms of the in-memory homeserver aren't created with ${what}`, async () => {
      expect(await refusal(alice.createRoom(structuredClone(body) as object as JsonObject))).to.deep.equal([
        400,
        errcode,
      ]);
    });
  }

  it("rooms of the in-memory homeserver aren't created with an alias that is taken", async () => {
    await alice.createAlias(room, "#tea:example.org");
    expect(await refusal(alice.createRoom({ room_alias_name: "tea" }))).to.deep.equal([400, "M_ROOM_IN_USE"]);
    expect(await refusal(alice.createAlias(room, "#tea:example.org"))).to.deep.equal([409, "M_UNKNOWN"]);
  });

  it("rooms of the in-memory homeserver lose an alias when its creator or a user with the power deletes it", async () => {
    await alice.createAlias(room, "#tea:example.org");
    expect(await refusal(bob.deleteAlias("#tea:example.org"))).to.deep.equal(FORBIDDEN);
    await alice.deleteAlias("#tea:example.org");
    expect(await refusal(bob.join("#tea:example.org"))).to.deep.equal([404, "M_NOT_FOUND"]);
  });

  it("rooms of the in-memory homeserver are replaced by an upgrade that keeps state, bans and aliases", async () => {
    await alice.sendState(room, "m.room.topic", { topic: "Tea" });
    await alice.createAlias(room, "#tea:example.org");
    await alice.ban(room, BOB);
    const upgraded = await alice.upgradeRoom(room, "11");
    const tombstone = (await alice.messages(room)).at(-1)!;
    const state = await alice.state(upgraded);
    expect(state.get("m.room.create")?.content).to.deep.equal({
      room_version: "11",
      predecessor: { room_id: room, event_id: tombstone.event_id },
    });
    expect(state.get("m.room.topic")?.content).to.deep.equal({ topic: "Tea" });
    expect(state.get("m.room.member", BOB)?.membership).to.equal("ban");
    expect((await alice.state(room)).get("m.room.tombstone")?.content.replacement_room).to.equal(upgraded);
    const { rooms } = kit.homeserver.services;
    expect(await rooms.lookupRoomAlias("#tea:example.org")).to.include({ roomId: upgraded });
  });

  it("rooms of the in-memory homeserver show a member's new name", async () => {
    await alice.setDisplayname("Alice A.");
    expect((await alice.state(room)).get("m.room.member", alice.userId)?.content).to.deep.equal({
      displayname: "Alice A.",
      membership: "join",
    });
  });

  it("rooms of the in-memory homeserver keep guests out unless they may join", async () => {
    const response = await kit.homeserver.clientRegistration.registerGuest();
    const guest = { userId: response.user_id, token: response.access_token };
    const session = (await kit.homeserver.sessions.find(guest.token))!;
    const open = await alice.createRoom({
      preset: "public_chat",
      initial_state: [{ type: "m.room.guest_access", content: { guest_access: "can_join" } }],
    });
    const closed = await alice.createRoom({ preset: "public_chat" });
    const caller = { requester: session.requester, context: {} };
    expect(await kit.homeserver.memberships.join(caller, open)).to.include({ stateKey: guest.userId });
    const joining = kit.homeserver.memberships.join(caller, closed);
    expect(await refusal(joining)).to.deep.equal([403, "M_GUEST_ACCESS_FORBIDDEN"]);
  });

  it("rooms of the in-memory homeserver can't be joined while they are blocked", async () => {
    const open = await alice.createRoom({ preset: "public_chat" });
    await kit.homeserver.storage.rooms.put({ ...(await kit.homeserver.store.room(open)), isBlocked: true });
    expect(await refusal(bob.join(open))).to.deep.equal(FORBIDDEN);
  });

  it("rooms of the in-memory homeserver refuse an event that is too large, or a membership that doesn't exist", async () => {
    expect(await refusal(alice.sendText(room, "x".repeat(70_000)))).to.deep.equal([413, "M_TOO_LARGE"]);
    const strange = alice.sendState(room, "m.room.member", { membership: "lurk" }, BOB);
    expect(await refusal(strange)).to.deep.equal([400, "M_BAD_JSON"]);
    const toNone = alice.sendState(room, "m.room.member", { membership: "invite" }, "bob");
    expect(await refusal(toNone)).to.deep.equal([400, "M_INVALID_PARAM"]);
  });

  it("rooms of the in-memory homeserver refuse an event whose type or state key has more than 255 bytes", async () => {
    const sent = (type: string, key: string) => alice.sendState(room, type, {}, key);
    await sent("x".repeat(255), "x".repeat(255));
    await sent("é".repeat(127), "é".repeat(127));
    expect(await refusal(sent("x".repeat(256), ""))).to.deep.equal([413, "M_TOO_LARGE"]);
    expect(await refusal(sent("x", "x".repeat(256)))).to.deep.equal([413, "M_TOO_LARGE"]);
    expect(await refusal(sent("x", "é".repeat(128)))).to.deep.equal([413, "M_TOO_LARGE"]);
  });

  it("rooms of the in-memory homeserver have no alias with spaces, or with more than 255 characters", async () => {
    for (const localpart of ["two words", "tab\t", "x".repeat(244)]) {
      const alias = alice.createAlias(room, `#${localpart}:example.org`);
      expect(await refusal(alias), localpart).to.deep.equal([400, "M_INVALID_PARAM"]);
    }
    await alice.createAlias(room, `#${"x".repeat(242)}:example.org`);
  });

  it("rooms of the in-memory homeserver receive nothing from a shadow-banned user, who sees only success", async () => {
    const row = (await kit.homeserver.storage.users.get({ userId: BOB }))!;
    await alice.invite(room, BOB);
    await bob.join(room);
    await kit.homeserver.storage.users.put({ ...row, isShadowBanned: true });
    const before = (await alice.messages(room)).length;
    expect(await bob.sendText(room, "spam")).to.match(/^\$/);
    expect(await bob.invite(room, userId("carol"))).to.match(/^\$/);
    expect(await alice.messages(room)).to.have.length(before);
    const own = await bob.createRoom({ invite: [alice.userId] });
    expect((await bob.state(own)).get("m.room.member", alice.userId)).to.equal(undefined);
  });

  for (let number = 1; number <= 12; number += 1) {
    const version = String(number);
    it(`case 421: rooms of the in-memory homeserver of version ${version} have ids, redactions and create events of that version`, async () => {
      room = await alice.createRoom({ room_version: version, preset: "public_chat" });
      expect(room).to.match(number < 12 ? /^![\w-]+:example\.org$/ : /^![\w-]{43}$/);
      const state = await alice.state(room);
      const create = state.get("m.room.create")!;
      expect(create.content).to.deep.equal({ ...(number < 11 && { creator: alice.userId }), room_version: version });
      expect("room_id" in create.getDict()).to.equal(number < 12);
      expect(create.roomId).to.equal(room);
      expect(state.get("m.room.power_levels")?.content.users).to.deep.equal(number < 12 ? { [alice.userId]: 100 } : {});

      await bob.join(room);
      const eventId = await bob.sendText(room, "oops");
      expect(eventId).to.match(
        [/^\$[\w-]{43}:example\.org$/, /^\$[\w/+]{43}$/, /^\$[\w-]{43}$/][Math.max(0, Math.min(number - 2, 2))]!,
      );
      const event = (await kit.homeserver.store.find(eventId))!;
      expect(event.roomVersion).to.equal(version);
      expect(event.authEventIds()).to.have.members(
        ["m.room.create", "m.room.power_levels"]
          .map((type) => state.get(type)!.eventId)
          .concat((await alice.state(room)).get("m.room.member", BOB)!.eventId),
      );

      const redaction = (await kit.homeserver.store.find(await alice.redact(room, eventId, "typo")))!;
      expect(redaction.redacts).to.equal(eventId);
      expect(redaction.content).to.deep.equal({ reason: "typo", ...(number >= 11 && { redacts: eventId }) });
      expect(redaction.get("redacts")).to.equal(number >= 11 ? undefined : eventId);
      expect((await alice.event(room, eventId)).content).to.deep.equal({});
      const shown = await bob.event(room, redaction.eventId);
      expect([shown.redacts, shown.content.redacts]).to.deep.equal([eventId, eventId]);
      expect(await refusal(bob.redact(room, create.eventId))).to.deep.equal(FORBIDDEN);
    });
  }

  it("rooms of the in-memory homeserver can be knocked on from version 7, and say so in both of their rules from version 10", async () => {
    const taken = async (version: string, join_rule: string) => {
      const initial_state = [{ type: "m.room.join_rules", content: { join_rule } }];
      room = await alice.createRoom({ room_version: version, initial_state });
      return bob.knock(room).then(
        () => true,
        () => false,
      );
    };
    expect(await Promise.all([taken("6", "knock"), taken("7", "knock")])).to.deep.equal([false, true]);
    expect([await taken("9", "knock_restricted"), await taken("10", "knock_restricted")]).to.deep.equal([false, true]);
  });

  it("rooms of the in-memory homeserver take fractions before version 6, and no more from then on", async () => {
    const send = async (room_version: string) =>
      alice.send(await alice.createRoom({ room_version }), "m.test", { weight: 1.5 });
    expect(await send("5")).to.match(/^\$/);
    expect(await refusal(send("6"))).to.deep.equal([400, "M_BAD_JSON"]);
  });

  it("rooms of the in-memory homeserver limit changes of notifications from version 6", async () => {
    const raise = async (room_version: string) => {
      room = await alice.createRoom({ room_version, preset: "public_chat" });
      await bob.join(room);
      const levels = { users: { [alice.userId]: 100, [BOB]: 50 }, events: { "m.room.power_levels": 50 } };
      await alice.sendState(room, "m.room.power_levels", levels);
      return bob.sendState(room, "m.room.power_levels", { ...levels, notifications: { room: 60 } });
    };
    expect(await raise("5")).to.match(/^\$/);
    expect(await refusal(raise("6"))).to.deep.equal(FORBIDDEN);
  });

  it("rooms of the in-memory homeserver of version 12 keep creators above all levels, who are more if the request says so", async () => {
    room = await alice.createRoom({ preset: "trusted_private_chat", invite: [BOB] });
    expect((await alice.state(room)).get("m.room.create")?.content).to.deep.equal({
      room_version: "12",
      additional_creators: [BOB],
    });
    await bob.join(room);
    await bob.sendState(room, "m.room.power_levels", { users: {}, state_default: 100 });
    expect(await bob.sendState(room, "m.room.name", { name: "Tea" })).to.match(/^\$/);
    expect(await refusal(alice.kick(room, BOB))).to.deep.equal(FORBIDDEN);
    const demotion = alice.sendState(room, "m.room.power_levels", { users: { [BOB]: 0 } });
    expect(await refusal(demotion)).to.deep.equal([400, "M_UNKNOWN"]);
    const strange = alice.createRoom({ creation_content: { additional_creators: ["bob"] } });
    expect(await refusal(strange)).to.deep.equal([400, "M_INVALID_PARAM"]);
  });

  it("rooms of the in-memory homeserver that are upgraded to version 12 lose their creator's level, and get it back on the way down", async () => {
    const old = await alice.createRoom({ room_version: "11", topic: "Tea", creation_content: { type: "m.space" } });
    const upgraded = await alice.upgradeRoom(old);
    const state = await alice.state(upgraded);
    const create = { room_version: "12", predecessor: { room_id: old }, type: "m.space" };
    expect(state.get("m.room.create")?.content).to.deep.equal(create);
    expect(state.get("m.room.power_levels")?.content.users).to.deep.equal({});
    const lowered = await alice.state(await alice.upgradeRoom(upgraded, "11"));
    expect(lowered.get("m.room.power_levels")?.content.users).to.deep.equal({ [alice.userId]: 100 });
    expect(lowered.get("m.room.topic")?.content).to.deep.equal({ topic: "Tea" });
    expect(await refusal(alice.upgradeRoom(upgraded, "99"))).to.deep.equal([400, "M_UNSUPPORTED_ROOM_VERSION"]);
  });
});
