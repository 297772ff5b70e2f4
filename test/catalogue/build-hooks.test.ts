import { expect } from "chai";
import { buildHooks, emptyHooks } from "#src/catalogue/build-hooks.js";
import { CATALOGUE, SpamChecker } from "#src/catalogue/index.js";
import { Dispatch } from "#src/dispatch/dispatch.js";
import { contributionTo, type LiveContribution } from "#src/hooks/contribution.js";
import { createLogger } from "#src/logging/create-logger.js";
import { NOT_SPAM } from "#src/matrix/verdict.js";

class Allows {
  @SpamChecker.userMayPublishRoom()
  publish() {
    return NOT_SPAM;
  }
}

const contribution: LiveContribution = {
  ...contributionTo("SpamChecker", { id: "allows" }, Allows)!,
  instance: new Allows(),
  log: createLogger(),
};

describe("buildHooks", () => {
  it("buildHooks has a property for every category, and no callbacks", () => {
    const hooks = emptyHooks();
    expect(Object.keys(hooks)).to.deep.equal(Object.keys(CATALOGUE));
    expect(hooks.spamChecker.userMayPublishRoom.callbacks).to.deep.equal([]);
    expect(hooks.passwordAuth.loginTypes).to.deep.equal([]);
  });

  it("buildHooks leaves every hook as it was when the contributions to one category can't be read", () => {
    const { hooks, setContributions } = buildHooks(new Dispatch(Infinity));
    const setting = () =>
      setContributions(({ name }) => {
        if (name === "ThirdPartyRules") throw new RangeError("no such module");
        return name === "SpamChecker" ? [contribution] : [];
      });
    expect(setting).to.throw("no such module");
    expect(hooks.spamChecker.userMayPublishRoom.callbacks).to.deep.equal([]);
  });

  it("buildHooks leaves every hook as it was when the callbacks of one hook can't be joined", () => {
    const { hooks, setContributions } = buildHooks(new Dispatch(Infinity));
    const contributions = ({ name }: { readonly name: string }) => (name === "SpamChecker" ? [contribution] : []);
    const setting = () =>
      setContributions(contributions, {
        join(callbacks, _hook, chain) {
          if (chain === "Ratelimit.getRatelimitOverrideForUser") throw new RangeError("no such process");
          return callbacks;
        },
      });
    expect(setting).to.throw("no such process");
    expect(hooks.spamChecker.userMayPublishRoom.callbacks).to.deep.equal([]);
  });
});
