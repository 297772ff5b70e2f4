import { expect } from "chai";
import { deny, MatrixError, type Observation } from "#src/index.js";
import { decisionLine } from "#examples/homeserver/decision-line.js";

function lineOf(observation: Partial<Observation>): string | undefined {
  const event = {
    hook: "SpamChecker.checkEventForSpam",
    module: "Tea",
    callback: "Tea.check",
    context: { requestId: "PUT-7" },
  };
  return decisionLine({ ...event, decided: true, ...observation } as Observation);
}

describe("the log of the example homeserver", () => {
  it("the log of the example homeserver says what a callback decided, and nothing of a callback that decided nothing", () => {
    expect(lineOf({ decided: false, answer: "NOT_SPAM" })).to.equal(undefined);
    expect(lineOf({ answer: deny("M_FORBIDDEN", { error: "no tea" }) })).to.equal(
      'PUT-7 Tea.check refused with M_FORBIDDEN, "no tea" (SpamChecker.checkEventForSpam)',
    );
    expect(lineOf({ answer: deny("M_FORBIDDEN") })).to.equal(
      "PUT-7 Tea.check refused with M_FORBIDDEN (SpamChecker.checkEventForSpam)",
    );
    const hook = "ThirdPartyRules.checkEventAllowed";
    const secret = { content: { body: "secret" } };
    expect(lineOf({ hook, answer: [true, secret] })).to.equal(`PUT-7 Tea.check replaced the event (${hook})`);
    expect(lineOf({ hook, answer: [false, null] })).to.equal(`PUT-7 Tea.check refused (${hook})`);
    expect(lineOf({ answer: false, context: {} })).to.equal("- Tea.check refused (SpamChecker.checkEventForSpam)");
    expect(lineOf({ answer: secret })).to.equal("PUT-7 Tea.check answered (SpamChecker.checkEventForSpam)");
  });

  it("the log of the example homeserver says which callback failed, also where the hook went on", () => {
    const error = new MatrixError(418, "short and stout", "M_TEAPOT");
    expect(lineOf({ decided: false, error })).to.equal(
      "PUT-7 Tea.check refused with 418 M_TEAPOT (SpamChecker.checkEventForSpam)",
    );
    expect(lineOf({ error: new Error("broken") })).to.equal("PUT-7 Tea.check failed (SpamChecker.checkEventForSpam)");
  });
});
