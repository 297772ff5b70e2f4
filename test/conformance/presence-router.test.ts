import { expect } from "chai";
import { CATALOGUE, PresenceRouter } from "#src/catalogue/index.js";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { checkCategory } from "#src/hooks/check-category.js";
import { contributionTo } from "#src/hooks/contribution.js";
import type { UserPresenceState } from "#src/matrix/records.js";
import { cancelledRequest } from "../dispatch/cancelled-request.js";
import { startCategory, type ModuleOfFunctions } from "../dispatch/start-category.js";

const x = "@x:example.org";
const y = "@y:remote.example";
const stateOf = (userId: `@${string}:${string}`): UserPresenceState => ({
  userId,
  state: "online",
  lastActiveTs: 1,
  lastFederationUpdateTs: 0,
  lastUserSyncTs: 0,
  statusMsg: null,
  currentlyActive: true,
});
const stateA = () => stateOf("@a:example.org");
const stateB = () => stateOf("@b:example.org");

const throwing = (error: unknown) => () => {
  throw error;
};
const start = (modules: Readonly<Record<string, ModuleOfFunctions>>) =>
  startCategory(CATALOGUE.presenceRouter, modules);
const levelsOf = (lines: object[]) => lines.map((line) => (line as { level: string }).level);

describe("conformance: presence router", () => {
  it("case 166: a module need not register either hook", () => {
    class Module {}
    expect(contributionTo("PresenceRouter", { id: "m" }, Module)).to.equal(undefined);
    expect(checkCategory(CATALOGUE.presenceRouter, [])).to.deep.equal([]);
  });

  it("case 167: a module that registers one of the two hooks refuses start-up", () => {
    class Module {
      @PresenceRouter.getUsersForStates()
      route() {
        return new Map<never, never>();
      }
    }
    const contribution = contributionTo("PresenceRouter", { id: "m" }, Module)!;
    expect(checkCategory(CATALOGUE.presenceRouter, [contribution])).to.deep.equal([
      {
        code: "LIGAND_HOOK_REQUIRES",
        message:
          "module m registers PresenceRouter.getUsersForStates without PresenceRouter.getInterestedUsers; expected both",
        remedy: "Register the hook that is needed as well.",
      },
    ]);
  });

  it("case 168: getUsersForStates unites the maps of all modules, and equal states become one", () => {
    const { hooks } = start({
      a: { getUsersForStates: () => new Map([[x, new Set([stateA()])]]) },
      b: {
        getUsersForStates: () =>
          new Map([
            [x, new Set([stateB(), stateA()])],
            [y, new Set([stateA()])],
          ]),
      },
    });
    const result = hooks.getUsersForStates([stateA(), stateB()]) as Map<string, Set<UserPresenceState>>;
    expect(Array.from(result, ([user, states]) => [user, [...states]])).to.deep.equal([
      [x, [stateA(), stateB()]],
      [y, [stateA()]],
    ]);
  });

  it("case 169: getUsersForStates warns of a list and takes the next module's map", () => {
    const map = new Map([[x, new Set([stateA()])]]);
    const { hooks, lines } = start({
      a: { getUsersForStates: () => [x] },
      b: { getUsersForStates: () => map },
    });
    expect(hooks.getUsersForStates([])).to.deep.equal(map);
    expect(levelsOf(lines())).to.deep.equal(["warn"]);
  });

  it("case 171: getUsersForStates continues after an error", () => {
    const map = new Map([[x, new Set([stateA()])]]);
    const { hooks, lines } = start({
      a: { getUsersForStates: throwing(new Error("boom")) },
      b: { getUsersForStates: () => map },
    });
    expect(hooks.getUsersForStates([])).to.deep.equal(map);
    expect(levelsOf(lines())).to.deep.equal(["warn"]);
  });

  it("case 172: both hooks rethrow a cancellation", () => {
    const error = new CancelledError();
    const [states, users] = [cancelledRequest(error), cancelledRequest(error)];
    const { hooks } = start({ a: { getUsersForStates: states.callback, getInterestedUsers: users.callback } });
    expect(() => hooks.getUsersForStates([], states.context))
      .to.throw()
      .that.equals(error);
    expect(() => hooks.getInterestedUsers(x, users.context))
      .to.throw()
      .that.equals(error);
  });

  it("case 173: getInterestedUsers unites the sets of all modules", () => {
    const { hooks } = start({
      a: { getInterestedUsers: () => new Set([x]) },
      b: { getInterestedUsers: () => new Set([y]) },
    });
    expect(hooks.getInterestedUsers(x)).to.deep.equal(new Set([x, y]));
  });

  it("case 174: getInterestedUsers ends at the answer that everyone is interesting", () => {
    const { hooks, asked } = start({
      a: { getInterestedUsers: () => new Set([x]) },
      b: { getInterestedUsers: () => "ALL" },
      c: { getInterestedUsers: throwing(new Error("boom")) },
    });
    expect(hooks.getInterestedUsers(x)).to.equal("ALL");
    expect(asked).to.deep.equal(["a", "b"]);
  });

  it("case 176: getInterestedUsers continues after an error", () => {
    const { hooks } = start({
      a: { getInterestedUsers: throwing(new Error("boom")) },
      b: { getInterestedUsers: () => new Set([y]) },
    });
    expect(hooks.getInterestedUsers(x)).to.deep.equal(new Set([y]));
  });
});
