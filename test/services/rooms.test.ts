import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { RoomAlias, type UserId } from "#src/matrix/identifiers.js";
import { MatrixError, NotFoundError } from "#src/matrix/matrix-error.js";
import type { RoomEventDict } from "#src/matrix/room-event.js";
import { failureOf } from "../failure-of.js";
import { SmallRooms, stateEvent } from "./small-services.js";

describe("Rooms", () => {
  const change = { sender: "@a:server", target: "@b:far", roomId: "!r:server", membership: "invite" } as const;
  const invite = (rooms: SmallRooms, content?: Record<string, string>, sender: UserId = "@a:server") =>
    rooms.updateRoomMembership(sender, "@b:far", "!r:server", "invite", content && { content });

  describe("getStateEventsInRoom and getRoomState", () => {
    const state = [stateEvent("t", "1"), stateEvent("t", "2"), stateEvent("u", "1")];
    const rooms = new SmallRooms(state);

    it("getStateEventsInRoom and getRoomState choose by type and state key, any key for null", async () => {
      expect(await rooms.getStateEventsInRoom("!r:server", [["t", null]])).to.deep.equal(state.slice(0, 2));
      expect((await rooms.getRoomState("!r:server", new Set([["u", "1"] as const]))).get("u", "1")).to.equal(state[2]);
    });

    it("getRoomState returns the whole state without a filter", async () => {
      expect((await rooms.getRoomState("!r:server")).size).to.equal(3);
    });
  });

  describe("updateRoomMembership", () => {
    it("updateRoomMembership fills in missing content from the target's profile, and doesn't change the content it receives", async () => {
      const rooms = new SmallRooms();
      rooms.profile = () => ({ displayName: "Bee", avatarUrl: "mxc://far/b" });
      const content = { displayname: "Given", reason: "why" };
      const event = await invite(rooms, content);
      expect(event.eventId).to.equal("$member");
      expect(content).to.deep.equal({ displayname: "Given", reason: "why" });
      expect(rooms.done).to.deep.equal([
        { ...change, content: { displayname: "Given", avatar_url: "mxc://far/b", reason: "why" }, remoteRoomHosts: [] },
      ]);
    });

    it("updateRoomMembership doesn't ask for a profile that it doesn't need", async () => {
      const rooms = new SmallRooms();
      rooms.profile = () => expect.fail("asked");
      await invite(rooms, { displayname: "x", avatar_url: "y" });
      expect(rooms.done).to.have.lengthOf(1);
    });

    it("updateRoomMembership takes the localpart where there is no profile, and logs unless it was a 404", async () => {
      const rooms = new SmallRooms();
      await invite(rooms);
      expect(rooms.log.lines).to.deep.equal([]);
      rooms.profile = () => {
        throw new MatrixError(502, "far away");
      };
      await invite(rooms);
      expect(rooms.log.lines).to.deep.equal([
        "error: Can't fetch the profile of @b:far; using the localpart <- far away",
      ]);
      const expected = { ...change, content: { displayname: "b", avatar_url: null }, remoteRoomHosts: [] };
      expect(rooms.done).to.deep.equal([expected, expected]);
    });

    it("updateRoomMembership refuses a sender of another server", async () => {
      const rooms = new SmallRooms();
      const error = await failureOf(invite(rooms, {}, "@a:server.elsewhere"));
      expect(error)
        .to.be.instanceOf(LigandError)
        .with.property("message", "user @a:server.elsewhere isn't hosted on server");
      expect(rooms.done).to.deep.equal([]);
    });

    it("updateRoomMembership says that the event doesn't exist when it can't be loaded", async () => {
      const rooms = new SmallRooms();
      rooms.loads = false;
      expect(await failureOf(invite(rooms)))
        .to.be.instanceOf(NotFoundError)
        .with.property("message", "Event $member doesn't exist");
    });
  });

  describe("createAndSendEventIntoRoom", () => {
    const message: RoomEventDict = { type: "m.room.message", room_id: "!r:server", sender: "@a:server", content: {} };

    it("createAndSendEventIntoRoom sends an event", async () => {
      const rooms = new SmallRooms();
      expect((await rooms.createAndSendEventIntoRoom(message)).type).to.equal("m.room.message");
      expect(rooms.done).to.deep.equal([message]);
    });

    it("createAndSendEventIntoRoom refuses membership events with 500 M_UNKNOWN", async () => {
      const error = await failureOf(new SmallRooms().createAndSendEventIntoRoom({ ...message, type: "m.room.member" }));
      expect(error).to.be.instanceOf(MatrixError).and.to.include({ status: 500, errcode: "M_UNKNOWN" });
    });

    it("createAndSendEventIntoRoom names the keys that are missing", async () => {
      const event = { type: "m.room.message", room_id: "!r:server" } as unknown as RoomEventDict;
      expect(await failureOf(new SmallRooms().createAndSendEventIntoRoom(event)))
        .to.be.instanceOf(LigandError)
        .with.property("message", "the event is missing sender, content");
    });
  });

  describe("createRoom", () => {
    it("case 483: createRoom is rate limited by default", async () => {
      const rooms = new SmallRooms();
      await rooms.createRoom("@a:server", { name: "x" });
      await rooms.createRoom("@a:server", {}, { ratelimit: false, creatorJoinProfile: { displayname: "y" } });
      expect(rooms.done).to.deep.equal([
        ["@a:server", { name: "x" }, { ratelimit: true }],
        ["@a:server", {}, { ratelimit: false, creatorJoinProfile: { displayname: "y" } }],
      ]);
    });

    it("createRoom refuses a user of a server with a similar name", async () => {
      expect(await failureOf(new SmallRooms().createRoom("@a:server1", {}))).to.include({
        code: "LIGAND_ARGUMENT_INVALID",
        message: "user @a:server1 isn't hosted on server",
      });
    });
  });

  describe("aliases", () => {
    const roomWith = (alias: unknown) =>
      new SmallRooms([stateEvent("m.room.canonical_alias", "", { alias: alias as string })]);

    it("case 485: Rooms returns the canonical alias from the state, or null", async () => {
      expect(await roomWith("#x:server").getCanonicalRoomAlias("!r:server")).to.deep.equal(
        RoomAlias.fromString("#x:server"),
      );
      for (const rooms of [roomWith(null), roomWith(42), roomWith(""), new SmallRooms()]) {
        expect(await rooms.getCanonicalRoomAlias("!r:server")).to.equal(null);
      }
    });

    it("Rooms answers 400 to a canonical alias that is malformed", async () => {
      expect(await failureOf(roomWith("x").getCanonicalRoomAlias("!r:server"))).to.include({ status: 400 });
    });

    it("case 485: Rooms moves the alias' own server to the front", async () => {
      const rooms = new SmallRooms();
      rooms.aliases.set("#x:b", { roomId: "!r:b", hosts: ["a", "b", "c"] });
      rooms.aliases.set("#y:d", { roomId: "!r:d", hosts: ["a", "c"] });
      expect(await rooms.lookupRoomAlias("#x:b")).to.deep.equal({ roomId: "!r:b", hosts: ["b", "a", "c"] });
      expect(await rooms.lookupRoomAlias("#y:d")).to.deep.equal({ roomId: "!r:d", hosts: ["a", "c"] });
    });

    it("Rooms answers 400 to a malformed alias and 404 to an unknown one", async () => {
      const rooms = new SmallRooms();
      expect(await failureOf(rooms.lookupRoomAlias("x:y"))).to.include({ status: 400, errcode: "M_INVALID_PARAM" });
      expect(await failureOf(rooms.lookupRoomAlias("#x:y"))).to.include({ status: 404, errcode: "M_NOT_FOUND" });
    });
  });
});
