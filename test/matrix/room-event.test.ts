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
  it("case 423: RoomEvent returns the keys, the values and the entries of the wire form, read-only", () => {
    const event = new RoomEvent(NAME);
    expect(event.keys()).to.deep.equal(Object.keys(NAME));
    expect(event.items()).to.deep.equal(Object.entries(NAME));
    expect(event.get("content")).to.deep.equal({ name: "Lobby" });
    expect([event.get("redacts"), event.get("redacts", "nothing")]).to.deep.equal([undefined, "nothing"]);
    expect(() => Object.assign(event.get("content") as object, { name: "x" })).to.throw(TypeError);
  });

  it("RoomEvent names the events before it and those that allow it; none where the wire form has none", () => {
    const event = new RoomEvent(NAME);
    expect([event.prevEventIds(), event.authEventIds()]).to.deep.equal([["$before"], ["$create", "$join"]]);
    const { prev_events: _, auth_events: __, ...bare } = NAME;
    expect([new RoomEvent(bare).prevEventIds(), new RoomEvent(bare).authEventIds()]).to.deep.equal([[], []]);
  });

  it("RoomEvent derives the room of a create event without a room id, as in rooms of version 12", () => {
    const { room_id: _, ...bare } = { ...NAME, event_id: "$hash", type: "m.room.create" };
    const event = new RoomEvent(bare as RoomEventDict, { roomVersion: "12" });
    expect(event.roomId).to.equal("!hash");
    expect(event.getDict()).to.deep.equal(bare);
    expect(event.deepCopy()).to.deep.equal(event);
  });

  it("case 410: RoomEvent says what a redaction is about, wherever the version of the room has it", () => {
    const dict = { ...NAME, type: "m.room.redaction", redacts: "$outside", content: { redacts: "$inside" } } as const;
    for (const roomVersion of ["1", "10", "org.matrix.msc3757.10"]) {
      expect(new RoomEvent(dict, { roomVersion }).redacts, roomVersion).to.equal("$outside");
    }
    for (const roomVersion of ["11", "12", "org.matrix.hydra.11", "of.tomorrow"]) {
      expect(new RoomEvent(dict, { roomVersion }).redacts, roomVersion).to.equal("$inside");
    }
    expect(new RoomEvent({ ...dict, content: { redacts: 5 } }, { roomVersion: "12" }).redacts).to.equal(undefined);
  });

  it("case 410: RoomEvent names events by their ids in rooms of versions 1 and 2, too, which have pairs of id and hashes", () => {
    const dict: RoomEventDict = {
      ...NAME,
      prev_events: [["$p:example.org", { sha256: "x" }]],
      auth_events: [["$a:example.org", { sha256: "y" }]],
    };
    for (const roomVersion of ["1", "2"]) {
      const event = new RoomEvent(dict, { roomVersion });
      expect(event.prevEventIds()).to.deep.equal(["$p:example.org"]);
      expect(event.authEventIds()).to.deep.equal(["$a:example.org"]);
      expect(event.getDict()).to.deep.equal(dict);
    }
  });

  it("case 410: RoomEvent counts the create event among those that allow it in rooms of version 12, where its room names it", () => {
    const dict: RoomEventDict = { ...NAME, room_id: "!hash", auth_events: ["$join"] };
    expect(new RoomEvent(dict, { roomVersion: "12" }).authEventIds()).to.deep.equal(["$join", "$hash"]);
    expect(new RoomEvent(dict, { roomVersion: "11" }).authEventIds()).to.deep.equal(["$join"]);
    const create = { ...dict, type: "m.room.create", auth_events: [] };
    expect(new RoomEvent(create, { roomVersion: "12" }).authEventIds()).to.deep.equal([]);
  });

  it("RoomEvent is state exactly when it has a state key, an empty one included", () => {
    const { state_key: _, ...message } = NAME;
    expect([new RoomEvent(NAME), new RoomEvent(message)].map((event) => event.isState())).to.deep.equal([true, false]);
    expect([new RoomEvent(NAME), new RoomEvent(message)].map((event) => event.getStateKey())).to.deep.equal(["", null]);
  });

  it("RoomEvent also has Synapse's property names", () => {
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

  it("RoomEvent copies itself with everything that accompanies it", () => {
    const options = { roomVersion: "12", internalMetadata: { softFailed: true }, rejectedReason: "auth" };
    const event = new RoomEvent(NAME, options);
    const copy = event.deepCopy();
    expect(copy).to.not.equal(event);
    expect(copy.getDict()).to.deep.equal(NAME);
    const { roomVersion, internalMetadata, rejectedReason } = copy;
    expect({ roomVersion, internalMetadata, rejectedReason }).to.deep.equal(options);
  });
});
