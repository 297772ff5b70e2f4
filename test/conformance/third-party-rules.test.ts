import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { CancelledError } from "#src/errors/cancelled-error.js";
import type { HookContext } from "#src/hooks/context.js";
import { ModuleFailedError } from "#src/errors/module-failed-error.js";
import { ParsedUserId } from "#src/matrix/identifiers.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { StateMap } from "#src/matrix/state-map.js";
import { cancelledRequest } from "../dispatch/cancelled-request.js";
import { startCategory, type Callback } from "../dispatch/start-category.js";

const alice = "@alice:example.org";
const room = "!room:example.org";
const event = new RoomEvent({ room_id: room, type: "m.room.message", sender: alice, content: { body: "x" } });
const state = StateMap.ofEvents([event]);
const requester = {
  user: ParsedUserId.fromString(alice),
  userId: alice,
  accessTokenId: 1,
  isGuest: false,
  scope: new Set<string>(),
  shadowBanned: false,
  deviceId: null,
  appServiceId: null,
  authenticatedEntity: alice,
} as const;

/** The arguments of each hook. */
const ARGS: Readonly<Record<string, readonly unknown[]>> = {
  checkEventAllowed: [event, state],
  onCreateRoom: [requester, {}, false],
  checkThreepidCanBeInvited: ["email", "bob@example.org", state],
  checkVisibilityCanBeModified: [room, state, "public"],
  checkCanShutdownRoom: [alice, room],
  checkCanDeactivateUser: [alice, false],
  onProfileUpdate: [alice, { displayName: "Alice", avatarUrl: null }, false, false],
  onUserDeactivationStatusChanged: [alice, true, false],
  onThreepidBind: [alice, "email", "a@example.org"],
  onAddUserThirdPartyIdentifier: [alice, "email", "a@example.org"],
};

const throwing = (error: unknown) => () => {
  throw error;
};

/** Asks a hook of modules `a`, `b`, `c` with these callbacks. */
function ask(hook: string, ...callbacks: Callback[]) {
  return askIn(undefined, hook, ...callbacks);
}

function askIn(context: HookContext | undefined, hook: string, ...callbacks: Callback[]) {
  const modules = Object.fromEntries(callbacks.map((callback, index) => ["abc"[index]!, { [hook]: callback }]));
  const { hooks, asked, lines } = startCategory(CATALOGUE.thirdPartyRules, modules);
  let outcome: { result: unknown } | { error: unknown };
  try {
    outcome = { result: (hooks as unknown as Record<string, Callback>)[hook]!(...ARGS[hook]!, context) };
  } catch (error) {
    outcome = { error };
  }
  const levels = lines().map((line) => (line as { level: string }).level);
  return { ...outcome, asked: [...asked], levels };
}

const errorOf = (outcome: object) => (outcome as { error: unknown }).error;

describe("conformance: third-party rules", () => {
  describe("checkEventAllowed", () => {
    const allow = () => [true, null];
    const first = (answer: unknown) => ask("checkEventAllowed", () => answer, allow);
    const passed = { result: [true, null], asked: ["a", "b"], levels: [] };

    it("case 94: [true, null] leaves it to the next module", () => {
      expect(first([true, null])).to.deep.equal(passed);
    });

    it("case 96: [false, replacement] denies, and the replacement is dropped", () => {
      expect(first([false, { a: 1 }])).to.deep.equal({ result: [false, null], asked: ["a"], levels: [] });
    });

    it("case 97: [true, replacement] allows, and no other module is asked", () => {
      expect(first([true, { a: 1 }])).to.deep.equal({ result: [true, { a: 1 }], asked: ["a"], levels: [] });
    });

    it("case 98: [null, null] and [0, null] leave it to the next module", () => {
      for (const answer of [
        [null, null],
        [0, null],
      ]) {
        expect(first(answer)).to.deep.equal({ ...passed, levels: ["warn"] });
      }
    });

    it("case 99: [true, text] leaves it to the next module", () => {
      expect(first([true, "x"])).to.deep.equal({ ...passed, levels: ["warn"] });
    });

    it("case 101: a MatrixError reaches the operation", () => {
      const error = new MatrixError(429, "slow down", "M_LIMIT_EXCEEDED");
      const outcome = ask("checkEventAllowed", throwing(error), allow);
      expect(errorOf(outcome)).to.equal(error);
      expect(outcome.asked).to.deep.equal(["a"]);
    });

    it("case 102: another error becomes a failed module, which is no error of the client", () => {
      const cause = new Error("boom");
      const outcome = ask("checkEventAllowed", throwing(cause), allow);
      expect(errorOf(outcome)).to.be.instanceOf(ModuleFailedError).and.not.instanceOf(MatrixError);
      expect(errorOf(outcome)).to.have.property(
        "message",
        "callback a.checkEventAllowed of module a on ThirdPartyRules.checkEventAllowed failed",
      );
      expect(errorOf(outcome)).to.have.property("cause", cause);
    });

    it("case 103: a cancellation reaches the operation", () => {
      const error = new CancelledError();
      const { context, callback } = cancelledRequest(error);
      expect(errorOf(askIn(context, "checkEventAllowed", callback, allow))).to.equal(error);
    });

    it("case 104: without a callback the event is allowed, and the state isn't loaded", () => {
      const { hooks } = startCategory(CATALOGUE.thirdPartyRules);
      expect(hooks.checkEventAllowed(event, throwing(new Error("loaded")))).to.deep.equal([true, null]);
    });
  });

  describe("onCreateRoom", () => {
    it("case 106: a MatrixError reaches the operation, and no other module is notified", () => {
      const error = new MatrixError(400, "no", "M_BAD_STATE");
      const outcome = ask("onCreateRoom", throwing(error), () => undefined);
      expect(errorOf(outcome)).to.equal(error);
      expect(outcome.asked).to.deep.equal(["a"]);
    });

    it("case 107: another error, also a cancellation, becomes 403 M_UNKNOWN", () => {
      for (const cause of [new Error("boom"), new CancelledError()]) {
        const error = errorOf(ask("onCreateRoom", throwing(cause), () => undefined));
        expect(error).to.be.instanceOf(MatrixError).and.to.include({ status: 403, errcode: "M_UNKNOWN" });
        expect(error).to.have.property("cause", cause);
      }
    });

    it("case 108: the answer `false` refuses nothing", () => {
      const outcome = ask(
        "onCreateRoom",
        () => false,
        () => undefined,
      );
      expect(outcome).to.deep.equal({ result: undefined, asked: ["a", "b"], levels: [] });
    });
  });

  const yes = () => true;
  const no = () => false;
  const refused = { result: false, asked: ["a", "b"], levels: [] };
  const allowed = { result: true, asked: ["a", "b"], levels: [] };

  function goesOnAfterErrors(hook: string, level: string): void {
    for (const error of [new Error("boom"), new MatrixError(429, "slow down")]) {
      expect(ask(hook, throwing(error), yes)).to.deep.equal({ ...allowed, levels: [level] });
      expect(ask(hook, throwing(error), no)).to.deep.equal({ ...refused, levels: [level] });
    }
  }
  function lacksAnswers(hook: string): void {
    for (const answer of [null, 0])
      expect(ask(hook, () => answer, yes)).to.deep.equal({ ...allowed, levels: ["warn"] });
  }
  function passesCancellation(hook: string): void {
    const error = new CancelledError();
    const { context, callback } = cancelledRequest(error);
    const outcome = askIn(context, hook, callback, yes);
    expect(errorOf(outcome)).to.equal(error);
    expect(outcome.asked).to.deep.equal(["a"]);
  }

  it("case 109: checkThreepidCanBeInvited refuses at the first false", () => {
    expect(ask("checkThreepidCanBeInvited", yes, no, yes)).to.deep.equal(refused);
  });

  it("case 111: checkThreepidCanBeInvited continues after an error", () => {
    goesOnAfterErrors("checkThreepidCanBeInvited", "warn");
  });

  it("case 112: checkThreepidCanBeInvited rethrows a cancellation", () => {
    passesCancellation("checkThreepidCanBeInvited");
  });

  it("case 113: checkVisibilityCanBeModified refuses at the first false", () => {
    expect(ask("checkVisibilityCanBeModified", yes, no, yes)).to.deep.equal(refused);
  });

  it("case 114: checkVisibilityCanBeModified treats null and 0 as permission", () => {
    lacksAnswers("checkVisibilityCanBeModified");
  });

  it("case 116: checkVisibilityCanBeModified rethrows a cancellation", () => {
    passesCancellation("checkVisibilityCanBeModified");
  });

  it("case 117: checkCanShutdownRoom refuses at the first false", () => {
    expect(ask("checkCanShutdownRoom", yes, no, yes)).to.deep.equal(refused);
  });

  it("case 118: checkCanShutdownRoom treats null and 0 as permission", () => {
    lacksAnswers("checkCanShutdownRoom");
  });

  it("case 119: checkCanShutdownRoom continues after an error", () => {
    goesOnAfterErrors("checkCanShutdownRoom", "error");
  });

  it("case 121: checkCanDeactivateUser refuses at the first false", () => {
    expect(ask("checkCanDeactivateUser", yes, no, yes)).to.deep.equal(refused);
  });

  it("case 122: checkCanDeactivateUser treats null and 0 as permission", () => {
    lacksAnswers("checkCanDeactivateUser");
  });

  it("case 123: checkCanDeactivateUser continues after an error", () => {
    goesOnAfterErrors("checkCanDeactivateUser", "error");
  });

  it("case 124: checkCanDeactivateUser rethrows a cancellation", () => {
    passesCancellation("checkCanDeactivateUser");
  });

  function tellsTheNext(hook: string): void {
    for (const error of [new Error("boom"), new MatrixError(429, "slow down"), new CancelledError()]) {
      const { hooks, asked, lines } = startCategory(CATALOGUE.thirdPartyRules, {
        a: { [hook]: throwing(error) },
        b: { [hook]: () => undefined },
      });
      expect((hooks as unknown as Record<string, Callback>)[hook]!(...ARGS[hook]!)).to.equal(undefined);
      expect(asked).to.deep.equal(["a", "b"]);
      const [line, ...others] = lines() as { level: string; stack: string }[];
      expect(line).to.include({ level: "error", stack: error.stack!.split("\n")[0] });
      expect(others).to.deep.equal([]);
    }
  }

  it("case 126: onProfileUpdate logs an error with its stack and notifies the next module", () => {
    tellsTheNext("onProfileUpdate");
  });

  it("case 127: onUserDeactivationStatusChanged logs an error with its stack and notifies the next module", () => {
    tellsTheNext("onUserDeactivationStatusChanged");
  });

  it("case 128: onThreepidBind logs an error with its stack and notifies the next module", () => {
    tellsTheNext("onThreepidBind");
  });

  it("case 129: onAddUserThirdPartyIdentifier logs an error with its stack and notifies the next module", () => {
    tellsTheNext("onAddUserThirdPartyIdentifier");
  });

  it("case 131: without onNewEvent nothing is loaded (differs: the state isn't loaded; before it loads the event, the homeserver sees from `callbacks` that no module listens)", () => {
    const { hooks } = startCategory(CATALOGUE.thirdPartyRules);
    expect(hooks.onNewEvent.callbacks).to.deep.equal([]);
    expect(hooks.onNewEvent(event, throwing(new Error("loaded")))).to.equal(undefined);
  });

  it("case 132: without a callback, checks of invites and visibility allow without loading the state", () => {
    const { hooks } = startCategory(CATALOGUE.thirdPartyRules);
    const load = throwing(new Error("loaded"));
    expect(hooks.checkThreepidCanBeInvited("email", "bob@example.org", load)).to.equal(true);
    expect(hooks.checkVisibilityCanBeModified(room, load, "public")).to.equal(true);
  });
});
