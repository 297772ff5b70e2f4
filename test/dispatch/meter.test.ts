import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { Meter } from "#src/dispatch/meter.js";
import { RecordedChain } from "#src/dispatch/recorded-dispatch.js";

describe("which dispatches are timed", () => {
  it("metrics and records time the same dispatches of a chain: the first thousand, then one in 256", () => {
    const { userMayInvite } = CATALOGUE.spamChecker.hooks;
    const recorder = { revision: 1, enter: () => undefined };
    const meter = new Meter([]);
    const recorded = new RecordedChain("SpamChecker.userMayInvite", userMayInvite, [], recorder, "NOT_SPAM");
    const timed = Array.from({ length: 1300 }, (_, index) => [index + 1, meter.begin(), recorded.isTimed()] as const);
    const numbers = (which: 1 | 2) => timed.filter((each) => each[which]).map(([number]) => number);
    const expected = [...Array.from({ length: 1000 }, (_, index) => index + 1), 1024, 1280];
    expect([numbers(1), numbers(2)]).to.deep.equal([expected, expected]);
  });
});
