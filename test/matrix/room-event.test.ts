import { expect } from "chai";
import { RoomEvent, type RoomEventDict } from "#src/matrix/room-event.js";

const NAME: RoomEventDict = {
  event_id: "$name",
  room_id: "!room:example.org",
  type: "m.room.name",
  sender: "@alice:example.org",
  state_key: "",
  content: { name: "Lobby" },
  origin_server_ts: 1_700_000_000_000,
  prev_events: ["$before"],
  auth_events: ["$create", "$join"],
};

describe("RoomEvent", () => {
  it("gives the keys, the values and the entries of the wire form, read-only", () => {
    const event = new RoomEvent(NAME);
    expect(event.keys()).to.deep.equal(Object.keys(NAME));
    expect(event.items()).to.deep.equal(Object.entries(NAME));
    expect(event.get("content")).to.deep.equal({ name: "Lobby" });
    expect([event.get("redacts"), event.get("redacts", "nothing")]).to.deep.equal([undefined, "nothing"]);
    expect(() => Object.assign(event.get("content") as object, { name: "x" })).to.throw(TypeError);
  });

  it("names the events before it and those that allow it; none where the wire form has none", () => {
    const event = new RoomEvent(NAME);
    expect([event.prevEventIds(), event.authEventIds()]).to.deep.equal([["$before"], ["$create", "$join"]]);
    const { prev_events: _, auth_events: __, ...bare } = NAME;
    expect([new RoomEvent(bare).prevEventIds(), new RoomEvent(bare).authEventIds()]).to.deep.equal([[], []]);
  });

  it("knows the room of a create event without room id, as rooms of version 12 have it", () => {
    const { room_id: _, ...bare } = { ...NAME, event_id: "$hash", type: "m.room.create" };
    const event = new RoomEvent(bare as RoomEventDict, { roomVersion: "12" });
    expect(event.roomId).to.equal("!hash");
    expect(event.getDict()).to.deep.equal(bare);
    expect(event.deepCopy()).to.deep.equal(event);
  });

  it("is state exactly when it has a state key, an empty one included", () => {
    const { state_key: _, ...message } = NAME;
    expect([new RoomEvent(NAME), new RoomEvent(message)].map((event) => event.isState())).to.deep.equal([true, false]);
    expect([new RoomEvent(NAME), new RoomEvent(message)].map((event) => event.getStateKey())).to.deep.equal(["", null]);
  });

  it("answers to the reference's names", () => {
    const event = new RoomEvent(NAME);
    const { event_id, room_id, state_key, user_id, origin_server_ts } = event;
    expect({ event_id, room_id, state_key, user_id, origin_server_ts }).to.deep.equal({
      event_id: "$name",
      room_id: "!room:example.org",
      state_key: "",
      user_id: "@alice:example.org",
      origin_server_ts: 1_700_000_000_000,
    });
  });

  it("copies itself with everything that accompanies it", () => {
    const options = { roomVersion: "12", internalMetadata: { softFailed: true }, rejectedReason: "auth" };
    const event = new RoomEvent(NAME, options);
    const copy = event.deepCopy();
    expect(copy).to.not.equal(event);
    expect(copy.getDict()).to.deep.equal(NAME);
    const { roomVersion, internalMetadata, rejectedReason } = copy;
    expect({ roomVersion, internalMetadata, rejectedReason }).to.deep.equal(options);
  });
});
