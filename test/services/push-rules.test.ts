import { expect } from "chai";
import { InvalidPushRuleError, PushRuleNotFoundError, type PushRuleAction } from "#src/services/push-rules.js";
import { failureOf } from "../failure-of.js";
import { SmallPushRules } from "./small-services.js";

describe("PushRules", () => {
  it("PushRules says what is wrong with an action, and that actions are a list", () => {
    const rules = new SmallPushRules();
    expect(() => rules.checkPushRuleActions(["notify", "shout"])).to.throw(
      InvalidPushRuleError,
      `"shout" isn't a push rule action; expected "notify", "dont_notify", "coalesce", or an object with "set_tweak"`,
    );
    expect(() => rules.checkPushRuleActions({ length: 0 })).to.throw(
      InvalidPushRuleError,
      "the actions of a push rule must be a list",
    );
    for (const action of [null, 1, [], ["set_tweak"]]) {
      expect(() => rules.checkPushRuleActions([action])).to.throw(InvalidPushRuleError);
    }
  });

  it("case 489: PushRules replaces the actions of a rule that exists", async () => {
    const rules = new SmallPushRules();
    const actions: PushRuleAction[] = ["coalesce", { set_tweak: "highlight" }];
    await rules.setPushRuleAction("@a:server", "global", "override", ".m.rule.one", actions);
    expect(rules.stored).to.deep.equal([["@a:server", "override", ".m.rule.one", actions]]);
    const unusable = ["shout"] as unknown as PushRuleAction[];
    const errors = [
      await failureOf(rules.setPushRuleAction("@a:server", "global", "override", ".m.rule.one", unusable)),
      await failureOf(rules.setPushRuleAction("@a:server", "global", "room", "nowhere", [])),
    ];
    expect(errors[0]).to.be.instanceOf(InvalidPushRuleError);
    expect(errors[1])
      .to.be.instanceOf(PushRuleNotFoundError)
      .with.property("message", "user @a:server has no push rule nowhere of kind room");
  });
});
