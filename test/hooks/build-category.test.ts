import { expect } from "chai";
import { CATALOGUE, SpamChecker } from "#src/catalogue/index.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { startCategory } from "./start-category.js";

describe("buildCategory", () => {
  it("has a method for every hook, and is frozen", () => {
    const { hooks } = startCategory(CATALOGUE.spamChecker);
    expect(Object.keys(hooks)).to.deep.equal(Object.keys(CATALOGUE.spamChecker.hooks));
    expect(Object.isFrozen(hooks)).to.equal(true);
  });

  it("has what a keyed hook exposes in the place of its method", () => {
    const { hooks } = startCategory(CATALOGUE.passwordAuth);
    const others = Object.keys(CATALOGUE.passwordAuth.hooks).filter((name) => name !== "authChecker");
    expect(Object.keys(hooks).sort()).to.deep.equal([...others, "checkAuth", "loginTypes"].sort());
  });

  it("calls methods on the module's instance, and an override in the place of what it overrides", () => {
    class Base {
      readonly code: "M_FORBIDDEN" | "M_UNKNOWN" = "M_FORBIDDEN";

      @SpamChecker.userMayPublishRoom()
      check() {
        return this.code === "M_FORBIDDEN" ? NOT_SPAM : this.code;
      }
    }
    class Derived extends Base {
      override readonly code = "M_UNKNOWN";

      override check() {
        return super.check() === NOT_SPAM ? NOT_SPAM : this.code;
      }
    }
    const { hooks } = startCategory(CATALOGUE.spamChecker, { base: Base, derived: Derived });
    expect(hooks.userMayPublishRoom("@alice:example.org", "!room:example.org")).to.deep.equal(deny("M_UNKNOWN"));
    expect(hooks.userMayPublishRoom.callbacks).to.deep.equal([
      { module: "base", name: "Base.check" },
      { module: "derived", name: "Derived.check" },
    ]);
  });

  it("calls a callback that is registered twice twice", () => {
    const asked: string[] = [];
    class Module {
      @SpamChecker.userMayPublishRoom()
      one() {
        asked.push("one");
        return NOT_SPAM;
      }

      @SpamChecker.userMayPublishRoom()
      @SpamChecker.userMayPublishRoom()
      two() {
        asked.push("two");
        return NOT_SPAM;
      }
    }
    const { hooks } = startCategory(CATALOGUE.spamChecker, { module: Module });
    expect(hooks.userMayPublishRoom("@alice:example.org", "!room:example.org")).to.equal(NOT_SPAM);
    expect(asked).to.deep.equal(["one", "two", "two"]);
  });

  it("hears only the first module of a category that has one, and warns of each other", () => {
    const slot = { enter: async () => 100, exit: async () => undefined };
    const { hooks, lines } = startCategory(CATALOGUE.backgroundUpdates, {
      one: { onUpdate: () => slot },
      two: { onUpdate: () => slot, minBatchSize: () => 5 },
      three: { onUpdate: () => slot },
    });
    expect(hooks.onUpdate.callbacks).to.deep.equal([{ module: "one", name: "one.onUpdate" }]);
    expect(hooks.minBatchSize.callbacks).to.deep.equal([]);
    const line = (module: string) => ({
      level: "warn",
      module,
      message: `module ${module} is not heard in BackgroundUpdates: only the first module of the configuration is, which is one`,
      category: "BackgroundUpdates",
    });
    expect(lines()).to.deep.equal([line("two"), line("three")]);
  });
});
