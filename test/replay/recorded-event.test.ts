import { expect } from "chai";
import type { Recorded } from "#src/decisions/decision-record.js";
import { wireFormOf, RoomEvent } from "#src/matrix/room-event.js";
import { recordedEvent } from "#src/replay/recorded-event.js";
import { message } from "./recorded.js";

/** What is read of an event, and the paths that tripped. */
function reading<Value>(
  recorded: Recorded,
  read: (event: RoomEvent) => Value,
  roomVersion?: string,
): { value?: Value; trips: string[] } {
  const trips: string[] = [];
  const trip = (reason: string, path: string) => {
    trips.push(`${path}: ${reason}`);
    throw new RangeError("tripped");
  };
  const event = recordedEvent(recorded, "args.0", trip, roomVersion);
  try {
    return { value: read(event), trips };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { trips };
  }
}

const HIDDEN = message({
  sender: { $: "hashed", of: "h:x" },
  state_key: { $: "hashed", of: "h:y" },
  content: { membership: "join", name: { $: "cut" } },
  prev_events: ["$before", ["$older", {}]],
});

describe("an event of a record", () => {
  it("shows what was recorded, as an event of its class that can't be changed", () => {
    const { value } = reading(message({ state_key: "", depth: 7 }), (event) => event);
    expect(value).to.be.an.instanceOf(RoomEvent);
    expect(value).to.include({
      type: "m.room.message",
      eventId: "$event",
      sender: "@eve:hs",
      depth: 7,
      originServerTs: 0,
    });
    expect(value!.event_id).to.equal("$event");
    expect(() => ((value as { type: string }).type = "other")).to.throw(TypeError);
    expect(() => ((value!.content as { body: string }).body = "other")).to.throw(TypeError);
    expect(value!.getDict()).to.deep.equal(message({ state_key: "", depth: 7 }));
    expect(wireFormOf(value!)).to.deep.equal(message({ state_key: "", depth: 7 }));
  });

  it("trips where something is read that is withheld, and nowhere else", () => {
    const sender = ["args.0.sender: hashed"];
    expect(reading(HIDDEN, (event) => event.sender)).to.deep.equal({ trips: sender });
    expect(reading(HIDDEN, (event) => event.get("sender"))).to.deep.equal({ trips: sender });
    expect(reading(HIDDEN, (event) => event.items())).to.deep.equal({ trips: sender });
    expect(reading(HIDDEN, (event) => ({ ...event }))).to.deep.equal({ trips: sender });
    expect(reading(HIDDEN, (event) => event.getDict().sender)).to.deep.equal({ trips: sender });
    expect(reading(HIDDEN, (event) => event.getStateKey())).to.deep.equal({ trips: ["args.0.state_key: hashed"] });
    expect(reading(HIDDEN, (event) => event.deepCopy().user_id)).to.deep.equal({ trips: sender });
    expect(reading(HIDDEN, (event) => event.content["name"])).to.deep.equal({ trips: ["args.0.content.name: cut"] });
    expect(reading(HIDDEN, (event) => [event.isState(), event.membership, event.get("redacts", 1)])).to.deep.equal({
      value: [true, "join", 1],
      trips: [],
    });
    expect(reading(HIDDEN, (event) => event.keys())).to.deep.equal({ value: Object.keys(HIDDEN as object), trips: [] });
    expect(reading(HIDDEN, (event) => event.prevEventIds())).to.deep.equal({ value: ["$before", "$older"], trips: [] });
  });

  it("trips where something is read that records never have", () => {
    const never = (property: string) => ({ trips: [`args.0.${property}: left out`] });
    expect(reading(message(), (event) => event.roomVersion)).to.deep.equal(never("roomVersion"));
    expect(reading(message(), (event) => event.authEventIds())).to.deep.equal(never("roomVersion"));
    expect(reading(message(), (event) => event.internalMetadata)).to.deep.equal(never("internalMetadata"));
    expect(reading(message(), (event) => event.rejectedReason)).to.deep.equal(never("rejectedReason"));
  });

  it("shows the version of the room where that's recorded, and what follows from it", () => {
    const versions = (event: RoomEvent) => [event.roomVersion, event.deepCopy().roomVersion, event.authEventIds()];
    const inVersion = (version: string) => reading(message({ auth_events: ["$power"] }), versions, version);
    expect(inVersion("11")).to.deep.equal({ value: ["11", "11", ["$power"]], trips: [] });
    expect(inVersion("12")).to.deep.equal({ value: ["12", "12", ["$power", "$room:hs"]], trips: [] });
  });

  it("finds what a redaction is about wherever the version of the room has it", () => {
    const redaction = { type: "m.room.redaction" };
    const about = (changes: { [member: string]: Recorded }) =>
      reading(message({ ...redaction, ...changes }), (event) => event.redacts);
    expect(about({ redacts: "$old" }).value).to.equal("$old");
    expect(about({ content: { redacts: "$old" } }).value).to.equal("$old");
    expect(about({ content: { $: "left out" } }).trips).to.deep.equal(["args.0.redacts: left out"]);
    expect(reading(message(), (event) => event.redacts)).to.deep.equal({ value: undefined, trips: [] });
  });
});
