import { expect } from "chai";
import { spamChecker } from "#src/catalogue/spam-checker.js";
import { thirdPartyRules } from "#src/catalogue/third-party-rules.js";
import { WantedArguments } from "#src/hooks/wanted-arguments.js";
import { roomEvent } from "#src/testing/builders.js";

const { onNewEvent, checkVisibilityCanBeModified } = thirdPartyRules.hooks;
const MESSAGE = roomEvent({ type: "m.room.message", sender: "@alice:x" });
const JOIN = roomEvent({ type: "m.room.member", sender: "@alice:x", state_key: "@bob:x" });

describe("what the callbacks of a hook look at together", () => {
  it("what a hook's callbacks look at together is that of the callbacks that are asked about an event", () => {
    const wanted = new WantedArguments(onNewEvent, [
      { parameters: 1, types: null, state: [] },
      { parameters: 2, types: ["m.room.member"], state: null },
      { parameters: 2, types: ["m.room.name", "m.room.topic"], state: [["m.room.power_levels", ""]] },
    ]);
    const about = (type: string) => wanted.about(roomEvent({ type }));
    expect(["m.room.message", "m.room.member", "m.room.topic", "constructor"].map(about)).to.deep.equal([
      { isAsked: true, parameters: 1, state: [] },
      { isAsked: true, parameters: 2, state: null },
      { isAsked: true, parameters: 2, state: [["m.room.power_levels", ""]] },
      { isAsked: true, parameters: 1, state: [] },
    ]);
  });

  it("what a hook's callbacks look at together is nothing for an event that no callback is asked about", () => {
    const wanted = new WantedArguments(onNewEvent, [
      { parameters: 2, types: ["m.room.member"], state: null },
      { parameters: 2, types: [], state: null },
    ]);
    expect(wanted.about(MESSAGE)).to.deep.equal({ isAsked: false, parameters: 1, state: [] });
    expect(new WantedArguments(onNewEvent, []).about(MESSAGE)).to.deep.equal({
      isAsked: false,
      parameters: 0,
      state: [],
    });
  });

  it("what a hook's callbacks look at together includes the event where a callback names types, even if none has a parameter for it", () => {
    const wanted = new WantedArguments(onNewEvent, [
      { parameters: 0, types: null, state: [] },
      { parameters: 0, types: ["m.room.member"], state: [] },
    ]);
    expect([wanted.about(MESSAGE).parameters, wanted.about(JOIN).parameters]).to.deep.equal([1, 1]);
  });

  it("what a hook's callbacks look at together has the event's own keys in the state, each entry once", () => {
    const wanted = new WantedArguments(onNewEvent, [
      { parameters: 2, types: null, state: [["m.room.member", "$sender"]] },
      {
        parameters: 2,
        types: ["m.room.member"],
        state: [
          ["m.room.member", "$state_key"],
          ["m.room.member", "@alice:x"],
        ],
      },
    ]);
    expect([wanted.stateAbout(MESSAGE), wanted.stateAbout(JOIN)]).to.deep.equal([
      [["m.room.member", "@alice:x"]],
      [
        ["m.room.member", "@alice:x"],
        ["m.room.member", "@bob:x"],
      ],
    ]);
  });

  it("what a hook's callbacks look at together is the same for everything that a hook without an event is asked", () => {
    const wanted = new WantedArguments(checkVisibilityCanBeModified, [
      { parameters: 2, types: null, state: [["m.room.name", "$sender"]] },
    ]);
    expect(wanted.stateAbout("!r:x")).to.deep.equal([["m.room.name", "$sender"]]);
    expect(new WantedArguments(spamChecker.hooks.userMayInvite, []).about("@a:x").isAsked).to.equal(false);
  });
});
