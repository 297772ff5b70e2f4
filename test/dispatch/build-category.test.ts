import { expect } from "chai";
import { CATALOGUE, SpamChecker } from "#src/catalogue/index.js";
import type { CategoryMethods } from "#src/hooks/category.js";
import { Codes } from "#src/matrix/codes.js";
import type { RoomEvent } from "#src/matrix/room-event.js";
import { StateMap } from "#src/matrix/state-map.js";
import { deny, NOT_SPAM, type NotSpam } from "#src/matrix/verdict.js";
import { startCategory } from "./start-category.js";

describe("buildCategory", () => {
  it("buildCategory has a method for every hook, and is frozen", () => {
    const { hooks } = startCategory(CATALOGUE.spamChecker);
    expect(Object.keys(hooks)).to.deep.equal(Object.keys(CATALOGUE.spamChecker.hooks));
    expect(Object.isFrozen(hooks)).to.equal(true);
  });

  it("buildCategory has what a category makes of its chains in the place of their methods", () => {
    const { hooks } = startCategory(CATALOGUE.passwordAuth);
    const others = Object.keys(CATALOGUE.passwordAuth.hooks).filter((name) => name !== "authChecker");
    expect(Object.keys(hooks).sort()).to.deep.equal([...others, "checkAuth", "loginTypes"].sort());
  });

  it("buildCategory calls methods on the module's instance, and an override in the place of what it overrides", () => {
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

  it("buildCategory calls a callback that is registered twice twice", () => {
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

  it("buildCategory asks only the first module of a category that has one, and warns of each other", () => {
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
      message: `module ${module} is ignored in BackgroundUpdates: only the first module of the configuration takes part, which is one`,
      category: "BackgroundUpdates",
    });
    expect(lines()).to.deep.equal([line("two"), line("three")]);
  });

  describe("when the callbacks are replaced", () => {
    const ask = (hooks: CategoryMethods<typeof CATALOGUE.spamChecker>) =>
      hooks.userMayPublishRoom("@alice:example.org", "!room:example.org");

    it("replacing the callbacks of a category calls the new callbacks by the same methods, which name them", () => {
      const { hooks, asked, chains, setModules } = startCategory(CATALOGUE.spamChecker);
      const { userMayPublishRoom } = hooks;
      expect(userMayPublishRoom.callbacks).to.deep.equal([]);
      setModules({ one: { userMayPublishRoom: () => Codes.FORBIDDEN } });
      expect(ask({ ...hooks, userMayPublishRoom })).to.deep.equal(deny(Codes.FORBIDDEN));
      expect(userMayPublishRoom.callbacks).to.deep.equal([{ module: "one", name: "one.userMayPublishRoom" }]);
      setModules({});
      expect(ask({ ...hooks, userMayPublishRoom })).to.equal(NOT_SPAM);
      expect(userMayPublishRoom.callbacks).to.deep.equal([]);
      expect(asked).to.deep.equal(["one"]);
      expect(chains.length).to.equal(Object.keys(CATALOGUE.spamChecker.hooks).length);
    });

    it("a dispatch that waits for a callback goes on with those it began with", async () => {
      let answer = (_: NotSpam) => {};
      const { hooks, asked, setModules } = startCategory(CATALOGUE.spamChecker, {
        first: { userMayPublishRoom: () => new Promise<NotSpam>((resolve) => (answer = resolve)) },
        second: { userMayPublishRoom: () => Codes.FORBIDDEN },
      });
      const waiting = ask(hooks);
      setModules({ third: { userMayPublishRoom: () => Codes.UNKNOWN } });
      expect(ask(hooks)).to.deep.equal(deny(Codes.UNKNOWN));
      answer(NOT_SPAM);
      expect(await waiting).to.deep.equal(deny(Codes.FORBIDDEN));
      expect(asked).to.deep.equal(["first", "third", "second"]);
    });

    it("replacing the callbacks of a category loads a lazy argument once there is a callback for it", async () => {
      let loads = 0;
      const state = () => {
        loads += 1;
        return new StateMap<RoomEvent>();
      };
      const { hooks, setModules } = startCategory(CATALOGUE.thirdPartyRules);
      const { checkVisibilityCanBeModified } = hooks;
      await checkVisibilityCanBeModified("!room:example.org", state, "public");
      expect(loads).to.equal(0);
      setModules({ one: { checkVisibilityCanBeModified: () => true } });
      await checkVisibilityCanBeModified("!room:example.org", state, "public");
      expect(loads).to.equal(1);
    });

    it("replacing the callbacks of a category offers the login types of the new auth checkers", async () => {
      const { hooks, setModules } = startCategory(CATALOGUE.passwordAuth);
      const { checkAuth } = hooks;
      const login = () => checkAuth("alice", "m.login.password", { password: "secret" });
      expect(hooks.loginTypes).to.deep.equal([]);
      expect(await login()).to.equal(undefined);
      setModules({ one: { authChecker: () => ["@alice:example.org", null] } });
      const callbacks = [{ module: "one", name: "one.authChecker" }];
      expect(hooks.loginTypes).to.deep.equal([{ type: "m.login.password", fields: ["password"], callbacks }]);
      expect(await login()).to.deep.equal(["@alice:example.org", null]);
    });
  });
});
