import { expect } from "chai";
import type { ReadRecord } from "#src/decisions/decision-record.js";
import { RecordComparer } from "#src/replay/compare-recorded.js";
import { RecordedState } from "#src/replay/recorded-state.js";
import { Scene } from "#src/replay/scene.js";
import { UnknownInReplay } from "#src/replay/unknown.js";
import { called, decision, message } from "./recorded.js";

function stateOf(reads: readonly Omit<ReadRecord, "service">[]): RecordedState {
  const record = decision({
    callbacks: [called("m", "M.check", { reads: reads.map((read) => ({ service: "state", ...read })) })],
  });
  const comparer = new RecordComparer(undefined, undefined);
  return RecordedState.of(record, { scene: new Scene(), comparer: () => comparer });
}

const name = message({ type: "m.room.name", state_key: "" });
const member = message({ type: "m.room.member", state_key: "@eve:hs" });

describe("the state of a room in a replay", () => {
  it("has what was read of it, also by another callback, and trips at the rest", () => {
    const state = stateOf([
      { args: ["m.room.name", ""], answer: name },
      { args: ["m.room.topic", ""], answer: { $: "undefined" } },
      { args: ["m.room.member"], answer: { $: "map", of: [["@eve:hs", member]] } },
    ]);
    expect(state.get("m.room.name")).to.deep.include({ type: "m.room.name", eventId: "$event" });
    expect([state.has("m.room.name"), state.has("m.room.topic")]).to.deep.equal([true, false]);
    expect([...state.ofType("m.room.member").keys()]).to.deep.equal(["@eve:hs"]);
    expect(() => state.get("m.room.create")).to.throw(UnknownInReplay, 'state("m.room.create", "") wasn\'t asked then');
    expect(() => state.ofType("m.room.name")).to.throw(UnknownInReplay, 'state("m.room.name") wasn\'t asked then');
    expect(() => state.size).to.throw(UnknownInReplay, "state() wasn't asked then");
  });

  it("can be read as a whole where it was", () => {
    const state = stateOf([{ args: [], answer: { $: "map", of: [[["m.room.name", ""], name]] } }]);
    expect(state.size).to.equal(1);
    expect(Array.from(state, ([type, key, event]) => [type, key, event.sender])).to.deep.equal([
      ["m.room.name", "", "@eve:hs"],
    ]);
  });

  it("trips at state keys and events that are withheld", () => {
    const hashed = stateOf([
      { args: ["m.room.member"], answer: { $: "map", of: [[{ $: "hashed", of: "h:x" }, member]] } },
    ]);
    expect(() => hashed.ofType("m.room.member")).to.throw(
      UnknownInReplay,
      'state("m.room.member") is recorded as a hash',
    );
    const cut = stateOf([{ args: ["m.room.name", ""], answer: { $: "cut" } }]);
    expect(() => cut.get("m.room.name")).to.throw(UnknownInReplay, "was cut");
  });

  it("refuses what the callback's decorator doesn't declare", () => {
    const state = stateOf([{ args: ["m.room.name", ""], answer: name }]).only([["m.room.name", ""]]);
    expect(state.get("m.room.name")?.eventId).to.equal("$event");
    expect(() => state.get("m.room.topic")).to.throw("its decorator declares m.room.name");
  });
});
