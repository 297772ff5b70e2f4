import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { wholeInterest } from "#src/hooks/whole-interest.js";

const { userMayInvite } = CATALOGUE.spamChecker.hooks;
const { checkEventAllowed, checkVisibilityCanBeModified } = CATALOGUE.thirdPartyRules.hooks;
const member = [["m.room.member"]] as const;

describe("what a record needs of a hook's arguments", () => {
  it("a record needs all arguments, whatever callbacks look at, and their types of events", () => {
    expect(wholeInterest(userMayInvite, { parameters: 1, types: null, state: [] })).to.deep.equal({
      parameters: 3,
      types: null,
      state: [],
    });
  });

  it("a record needs no more of a state than callbacks look at", () => {
    const types = ["m.room.message"];
    expect(wholeInterest(checkEventAllowed, { parameters: 1, types, state: [] })).to.deep.equal({
      parameters: 1,
      types,
      state: [],
    });
    expect(wholeInterest(checkEventAllowed, { parameters: 2, types, state: member })).to.deep.equal({
      parameters: 2,
      types,
      state: member,
    });
    expect(wholeInterest(checkEventAllowed, { parameters: 2, types: null, state: null }).state).to.equal(null);
  });

  it("a record needs the arguments that follow a state at which no callback looks", () => {
    expect(wholeInterest(checkVisibilityCanBeModified, { parameters: 1, types: null, state: [] })).to.deep.equal({
      parameters: 3,
      types: null,
      state: [],
    });
  });
});
