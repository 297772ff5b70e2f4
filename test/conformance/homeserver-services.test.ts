import { expect } from "chai";
import { LigandError, MatrixError, Module, NotFoundError, ParsedUserId, type RoomEventDict } from "#src/index.js";
import { createInMemoryHomeserver, userId, type InMemoryHomeserver, type TestKit } from "#src/testing.js";
import type { Caller } from "#src/homeserver/caller.js";
import type { EventDraft } from "#src/homeserver/pipelines/events.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { failureOf } from "../failure-of.js";
import { testModule } from "./kit.js";

@Module()
class Nothing {}

const BOB = userId("bob");

/** The services of the test kit's homeserver, which run the pipelines of its clients. */
describe("conformance: services over a homeserver", () => {
  let kit: TestKit;
  let services: InMemoryHomeserver["services"];

  beforeEach(async () => {
    kit = await testModule(Nothing);
    ({ services } = kit.homeserver);
  });

  afterEach(() => kit.stop());

  describe("accounts", () => {
    it("case 279: what putGlobal is given is stored", async () => {
      await kit.homeserver.user("bob");
      await services.accountData.putGlobal(BOB, "test.data", { wombat: true });
      const row = await kit.homeserver.storage.accountData.get({ userId: BOB, roomId: "", type: "test.data" });
      expect(row).to.deep.equal({ userId: BOB, roomId: "", type: "test.data", content: { wombat: true }, stream: 1 });
    });

    it("case 311: register creates an account with a name and one address validated now, and a token", async () => {
      const { registration, users, profiles } = services;
      const options = { displayname: "Bobberino", emails: ["bob@bobinator.bob"] };
      // oxlint-disable-next-line typescript/no-deprecated -- that it still works is what is tested
      const registered = await registration.register("bob", options);
      expect(registered.userId).to.equal(BOB);
      expect(registered.accessToken).to.match(/^token_/);
      expect(await users.checkUserExists(BOB)).to.equal(BOB);
      const now = kit.clock.nowMs();
      expect(await users.getThreepidsForUser(BOB)).to.deep.equal([
        { medium: "email", address: "bob@bobinator.bob", validatedAt: now, addedAt: now },
      ]);
      expect(await profiles.getProfileForUser("bob")).to.deep.equal({ displayName: "Bobberino", avatarUrl: null });
    });

    it("case 312: getUserInfoById shows who is an administrator", async () => {
      await kit.homeserver.user("bob", { admin: true });
      expect(await services.users.getUserInfoById(BOB)).to.include({ userId: BOB, isAdmin: true });
    });

    it("case 313: setUserAdmin makes an ordinary user an administrator", async () => {
      await kit.homeserver.user("bob");
      await services.users.setUserAdmin(BOB, true);
      expect(await services.users.getUserInfoById(BOB)).to.include({ userId: BOB, isAdmin: true });
    });

    it("case 314: setDisplayname tolerates its old third argument and logs an error", async () => {
      await kit.homeserver.user("bob");
      await services.profiles.setDisplayname(ParsedUserId.fromString(BOB), "Bob", false);
      expect(await services.profiles.getProfileForUser("bob")).to.deep.equal({ displayName: "Bob", avatarUrl: null });
      const logged = kit.logs.filter(({ message }) => !message.includes("LIGAND_MODULE_IDLE"));
      expect(logged.map(({ level, message }) => [level, message])).to.deep.equal([
        ["error", "setDisplayname() no longer uses `deactivation`; remove it from the call"],
      ]);
    });

    it("case 316: getUserInfoById returns null for an unknown user", async () => {
      expect(await services.users.getUserInfoById(userId("nobody"))).to.equal(null);
    });

    it("case 317: a new user has no connections", async () => {
      await services.registration.registerUser("bob");
      expect(await services.users.getUserIpAndAgents(BOB)).to.deep.equal([]);
    });

    it("case 318: getUserIpAndAgents returns one entry per connection, with address, agent and time", async () => {
      const { authenticate } = await twoConnections();
      const seen = kit.clock.nowMs();
      await authenticate("1.1.1.1", "agent 1");
      expect(await services.users.getUserIpAndAgents(BOB)).to.deep.equal([
        { ip: "1.1.1.1", userAgent: "agent 1", lastSeen: seen },
      ]);
      await authenticate("2.2.2.2", "agent 2");
      expect(await services.users.getUserIpAndAgents(BOB)).to.deep.equal([
        { ip: "1.1.1.1", userAgent: "agent 1", lastSeen: seen },
        { ip: "2.2.2.2", userAgent: "agent 2", lastSeen: seen },
      ]);
    });

    it("case 319: getUserIpAndAgents leaves out connections that were last seen before a time", async () => {
      const { authenticate } = await twoConnections();
      await authenticate("1.1.1.1", "agent 1");
      const first = kit.clock.nowMs();
      await kit.clock.advance(10_000);
      await authenticate("2.2.2.2", "agent 2");
      expect(await services.users.getUserIpAndAgents(BOB, first + 5_000)).to.deep.equal([
        { ip: "2.2.2.2", userAgent: "agent 2", lastSeen: first + 10_000 },
      ]);
      expect(await services.users.getUserIpAndAgents(BOB, first + 15_000)).to.deep.equal([]);
    });

    /** A user whose token is used from several addresses. */
    async function twoConnections() {
      const bob = await kit.homeserver.user("bob");
      const authenticate = (ip: string, agent: string) => {
        const headers = { authorization: `Bearer ${bob.accessToken}`, "user-agent": agent, "x-forwarded-for": ip };
        return services.auth.getUserByReq(new Request("https://example.org/", { headers }));
      };
      return { authenticate };
    }
  });

  describe("rooms", () => {
    /** What the pipeline is given for each event that a service sends. */
    function sentBy(homeserver: InMemoryHomeserver) {
      const calls: { caller: Caller; draft: EventDraft; options: unknown }[] = [];
      const { events } = homeserver;
      const send = events.sendNonMember.bind(events);
      events.sendNonMember = (caller, draft, options) => {
        calls.push({ caller, draft, options });
        return send(caller, draft, options);
      };
      return calls;
    }

    it("case 321: createAndSendEventIntoRoom sends a message as its sender, authenticated as the server", async () => {
      const bob = await kit.homeserver.user("bob");
      const roomId = await bob.createRoom();
      const calls = sentBy(kit.homeserver);
      const event: RoomEventDict = {
        room_id: roomId,
        type: "m.room.message",
        sender: BOB,
        content: { body: "Hello", msgtype: "m.text" },
      };
      const sent = await services.rooms.createAndSendEventIntoRoom(event);
      expect(sent).to.deep.include({ roomId, type: "m.room.message", sender: BOB, content: event.content });
      expect(sent.isState()).to.equal(false);
      expect(calls).to.have.length(1);
      expect(calls[0]!.caller.requester).to.include({ userId: BOB, authenticatedEntity: "example.org" });
      expect(calls[0]!.options).to.deep.equal({ ignoreShadowBan: true });
    });

    it("case 322: createAndSendEventIntoRoom sends state with an empty state key in the same way", async () => {
      const bob = await kit.homeserver.user("bob");
      const roomId = await bob.createRoom();
      const calls = sentBy(kit.homeserver);
      const content = { users: { [userId("carol")]: 100 }, ban: 51 };
      const type = "m.room.power_levels";
      const event = { room_id: roomId, type, sender: BOB, state_key: "", content };
      const sent = await services.rooms.createAndSendEventIntoRoom(event);
      expect(sent).to.deep.include({ roomId, type, sender: BOB, stateKey: "", content });
      expect(calls[0]!.caller.requester).to.include({ userId: BOB, authenticatedEntity: "example.org" });
      expect(calls[0]!.options).to.deep.equal({ ignoreShadowBan: true });
    });

    it("case 323: createAndSendEventIntoRoom refuses a membership event", async () => {
      const bob = await kit.homeserver.user("bob");
      const roomId = await bob.createRoom();
      const event = { type: "m.room.member", sender: BOB, state_key: BOB, content: { membership: "leave" } };
      const error = await failureOf(services.rooms.createAndSendEventIntoRoom({ room_id: roomId, ...event }));
      expect(error).to.be.instanceOf(MatrixError).and.to.include({ status: 500, errcode: "M_UNKNOWN" });
    });

    it("case 324: a private room is put into the public room list and taken out of it", async () => {
      const bob = await kit.homeserver.user("bob");
      const roomId = await bob.createRoom();
      const { publicRooms } = services;
      expect(await publicRooms.roomIsInPublicRoomList(roomId)).to.equal(false);
      await publicRooms.addRoomToPublicRoomList(roomId);
      expect(await publicRooms.roomIsInPublicRoomList(roomId)).to.equal(true);
      await publicRooms.removeRoomFromPublicRoomList(roomId);
      expect(await publicRooms.roomIsInPublicRoomList(roomId)).to.equal(false);
    });

    it("case 331: updateRoomMembership refuses a remote sender", async () => {
      const roomId = await (await kit.homeserver.user("bob")).createRoom();
      const error = await failureOf(services.rooms.updateRoomMembership("@a:elsewhere", BOB, roomId, "invite"));
      expect(error).to.be.instanceOf(LigandError).and.to.include({ code: "LIGAND_ARGUMENT_INVALID" });
    });

    it("case 332: a target without a profile is invited under its localpart, without avatar", async () => {
      const roomId = await (await kit.homeserver.user("bob")).createRoom();
      const event = await services.rooms.updateRoomMembership(BOB, userId("nobody"), roomId, "invite");
      expect(event.content).to.deep.equal({ membership: "invite", displayname: "nobody", avatar_url: null });
    });

    it("case 333: a join through a remote host is attempted once; the missing event is a 404", async () => {
      await kit.homeserver.user("bob");
      kit.remote.joins.set("!elsewhere:remote", "$not-here");
      const join = services.rooms.updateRoomMembership(BOB, BOB, "!elsewhere:remote", "join", {
        remoteRoomHosts: ["remote"],
      });
      expect(await failureOf(join)).to.be.instanceOf(NotFoundError);
      expect(kit.remote.joinAttempts).to.deep.equal([{ roomId: "!elsewhere:remote", userId: BOB, hosts: ["remote"] }]);
    });

    it("case 334: getRoomState returns the create event, the creator's membership and custom state", async () => {
      const bob = await kit.homeserver.user("bob");
      const roomId = await bob.createRoom();
      await bob.sendState(roomId, "org.test.thing", { yes: true }, "key");
      const state = await services.rooms.getRoomState(roomId);
      expect(state.get("m.room.create")).to.include({ sender: BOB, stateKey: "" });
      expect(state.get("m.room.member", BOB)).to.deep.include({ sender: BOB, membership: "join" });
      const custom = state.get("org.test.thing", "key");
      expect(custom).to.deep.include({ sender: BOB, stateKey: "key", content: { yes: true } });
    });

    it("case 338: lookupRoomAlias finds the room that was created with the alias", async () => {
      const roomId = await (await kit.homeserver.user("bob")).createRoom({ room_alias_name: "my-room" });
      expect(await services.rooms.lookupRoomAlias("#my-room:example.org")).to.deep.equal({
        roomId,
        hosts: ["example.org"],
      });
    });

    it("case 339: createRoom refuses a user of a server with a similar name", async () => {
      const error = await failureOf(services.rooms.createRoom("@bob:example.org.evil", {}));
      expect(error).to.be.instanceOf(LigandError).and.to.include({ code: "LIGAND_ARGUMENT_INVALID" });
    });

    it("case 341: the deprecated accessors of an event work", async () => {
      const roomId = await (await kit.homeserver.user("bob")).createRoom();
      const create = (await services.rooms.getRoomState(roomId)).get("m.room.create")!;
      // oxlint-disable-next-line typescript/no-deprecated -- that it still works is what is tested
      expect(create.user_id).to.equal(create.sender).and.to.equal(BOB);
      // oxlint-disable-next-line typescript/no-deprecated -- that it still works is what is tested
      expect(create["room_id"]).to.equal(roomId);
    });
  });

  it("a homeserver with another name recognises its own users", () => {
    const { server } = createInMemoryHomeserver({
      logger: captureLogs().logger,
      server: { serverName: "other.example" },
    }).services;
    expect(server.getQualifiedUserId("bob")).to.equal("@bob:other.example");
    expect(server.isMine("@bob:other.example")).to.equal(true);
  });
});
