import { expect } from "chai";
import type { FailureWish } from "#src/config/operate/operate-keys.js";
import type { Category } from "#src/hooks/category.js";
import { ModuleFailedError } from "#src/errors/module-failed-error.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { deny } from "#src/matrix/verdict.js";
import { failurePolicy } from "#src/operate/failure-wishes.js";
import { SAMPLED_HOOKS } from "../catalogue/sampled-hooks.js";
import { startCategory, type Callback } from "../dispatch/start-category.js";

const FORBIDDEN = { result: deny("M_FORBIDDEN") };
const THROWS = { error: [403, "M_FORBIDDEN"] };

/** What `on_failure: deny` comes to, for each hook that can be denied. The others have no denial. */
const DENIED: Readonly<Record<string, { result: unknown } | { error: unknown }>> = {
  checkEventForSpam: FORBIDDEN,
  userMayJoinRoom: FORBIDDEN,
  userMayInvite: FORBIDDEN,
  federatedUserMayInvite: FORBIDDEN,
  userMaySend3pidInvite: FORBIDDEN,
  userMayCreateRoom: FORBIDDEN,
  userMayCreateRoomAlias: FORBIDDEN,
  userMayPublishRoom: FORBIDDEN,
  userMaySendStateEvent: FORBIDDEN,
  checkUsernameForSpam: { result: true },
  checkRegistrationForSpam: { result: "deny" },
  checkMediaFileForSpam: FORBIDDEN,
  checkLoginForSpam: FORBIDDEN,
  checkEventAllowed: { result: [false, null] },
  onCreateRoom: THROWS,
  checkThreepidCanBeInvited: { result: false },
  checkVisibilityCanBeModified: { result: false },
  checkCanShutdownRoom: { result: false },
  checkCanDeactivateUser: { result: false },
  isUserExpired: { result: true },
  onLegacyAdminRequest: THROWS,
  is3pidAllowed: { result: false },
  isUserAllowedToUploadMediaOfSize: { result: false },
};

describe("what failures lead to, for each hook", () => {
  it("the hooks that can be denied are these, and no others", () => {
    const denied = SAMPLED_HOOKS.filter(({ hook }) => hook.refusal).map(({ name }) => name);
    expect(denied).to.deep.equal(Object.keys(DENIED));
  });

  for (const { category, name, hook, samples } of SAMPLED_HOOKS) {
    const failing = (wish: FailureWish) => {
      const failure = failurePolicy(hook, { local: wish, federation: wish });
      return outcomeOf(category, name, samples.args as readonly unknown[], failure && { failure });
    };

    it(`allow leaves ${category.name}.${name} undecided when its callback fails`, () => {
      expect(failing("allow")).to.deep.equal({ result: samples.empty });
    });

    it(`error makes ${category.name}.${name} throw when its callback fails`, () => {
      expect(failing("error")).to.deep.equal({ error: ["a module failed"] });
    });

    const denied = DENIED[name];
    if (denied) {
      it(`deny refuses by ${category.name}.${name} when its callback fails`, () => {
        expect(failing("deny")).to.deep.equal(denied);
      });
    }
  }
});

/** What a hook comes to when its one callback throws. */
function outcomeOf(category: Category, name: string, args: readonly unknown[], added: object | undefined) {
  const started = startCategory(category);
  const fail = () => {
    throw new TypeError("boom");
  };
  started.setModules({ failing: { [name]: fail } }, { arrange: (callback) => ({ ...callback, ...added }) });
  try {
    return { result: (started.chainMethods[name] as Callback)(...args) };
  } catch (error) {
    if (error instanceof MatrixError) return { error: [error.status, error.errcode] };
    return { error: [error instanceof ModuleFailedError ? error.message : error] };
  }
}
