import { expect } from "chai";
import { mediaRepository } from "#src/catalogue/media-repository.js";
import { presenceRouter } from "#src/catalogue/presence-router.js";
import { spamChecker } from "#src/catalogue/spam-checker.js";
import { thirdPartyRules } from "#src/catalogue/third-party-rules.js";
import { unsignedFields } from "#src/catalogue/unsigned-fields.js";
import { ModuleFailedError } from "#src/errors/module-failed-error.js";
import type { Category } from "#src/hooks/category.js";
import { jsonFault } from "#src/matrix/json.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { StateMap } from "#src/matrix/state-map.js";
import { deny, FORBIDDEN } from "#src/matrix/verdict.js";
import { roomEvent } from "#src/testing/builders.js";
import { startCategory, type Callback } from "../dispatch/start-category.js";

const cyclic = () => {
  const value: Record<string, unknown> = { name: "loop" };
  value["self"] = { again: value };
  return value;
};

/** What a hook with one callback comes to, and the messages in the log. */
async function asked(category: Category<any>, hook: string, args: unknown[], callback: Callback) {
  const { hooks, lines } = startCategory(category, { Odd: { [hook]: callback } });
  const messages = () => lines().map((line) => (line as { message: string }).message);
  try {
    return { result: await (hooks as Record<string, Callback>)[hook]!(...args), messages: messages() };
  } catch (error) {
    return { error: error as Error, messages: messages() };
  }
}

describe("jsonFault", () => {
  const shared = { a: 1 };
  for (const [value, fault] of [
    [{ a: [1, "x", null, true, { b: undefined }] }, undefined],
    [{ one: shared, two: shared }, undefined],
    [Object.assign(Object.create(null) as object, { a: 1 }), undefined],
    [10n, "a bigint"],
    [{ a: { b: [1, 2n] } }, "a bigint at a.b.1"],
    [{ f: () => 1 }, "a function at f"],
    [[Symbol("x")], "a symbol at 0"],
    [{ n: Number.NaN }, "the number NaN at n"],
    [{ n: Number.POSITIVE_INFINITY }, "the number Infinity at n"],
    [{ when: new Date(0) }, "an instance of Date at when"],
    [{ all: new Map() }, "an instance of Map at all"],
    [cyclic(), "a cycle at self.again"],
    [undefined, "undefined"],
    [
      Object.defineProperty({}, "x", { enumerable: true, get: () => JSON.parse("{") as unknown }),
      "a value that can't be read",
    ],
  ] as const) {
    it(`jsonFault says ${fault ?? "nothing"} of ${typeof value === "object" ? Object.keys(value).join() : typeof value}`, () => {
      expect(jsonFault(value)).to.equal(fault);
    });
  }

  it("jsonFault ends at values that are nested without end, and at those that hold too much", () => {
    let deep: unknown[] = [];
    for (let level = 0; level < 20_000; level++) deep = [deep];
    expect(jsonFault(deep)).to.equal("more than 500 levels");
    let doubling: object = {};
    for (let level = 0; level < 60; level++) doubling = { left: doubling, right: doubling };
    expect(jsonFault(doubling)).to.equal("more than 1000000 values");
  });
});

describe("answers that JSON can't carry", () => {
  const event = roomEvent();

  it("answers that JSON can't carry are an illegal verdict, which denies", async () => {
    const { result, messages } = await asked(spamChecker, "userMayJoinRoom", ["@a:x", "!r:x", false], () =>
      deny("M_FORBIDDEN", { seen: cyclic() }),
    );
    expect(result).to.deep.equal(FORBIDDEN);
    expect(messages).to.deep.equal([
      "callback Odd.userMayJoinRoom of module Odd on SpamChecker.userMayJoinRoom returned an answer that the hook doesn't accept: an instance of Denial; expected fields that JSON can carry; found a cycle at seen.self.again",
    ]);
  });

  it("answers that JSON can't carry are no replacement of an event: the module has failed", async () => {
    const { error, messages } = await asked(thirdPartyRules, "checkEventAllowed", [event, new StateMap()], () => [
      true,
      { content: { count: 1n } },
    ]);
    expect(error).to.be.instanceOf(ModuleFailedError);
    expect(messages).to.deep.equal([
      "callback Odd.checkEventAllowed of module Odd on ThirdPartyRules.checkEventAllowed failed: the callback returned an object; expected a replacement, which JSON can carry; found a bigint at content.count",
    ]);
  });

  it("answers that JSON can't carry are no fields of an event", async () => {
    const { error } = await asked(unsignedFields, "addFieldToUnsigned", [event], () => ({ call: () => 1 }));
    expect(error?.message).to.equal(
      "the callback returned an object; expected an object, which JSON can carry; found a function at call",
    );
  });

  it("answers that JSON can't carry are no config of the media repository: the homeserver's own stands", async () => {
    const { result, messages } = await asked(mediaRepository, "getMediaConfigForUser", ["@a:x"], cyclic);
    expect(result).to.equal(undefined);
    expect(messages).to.have.lengthOf(1);
  });

  it("answers that JSON can't carry are neither users nor presence states", async () => {
    const interested = await asked(presenceRouter, "getInterestedUsers", ["@a:x"], () => new Set(["@b:x", 1n]));
    expect(interested.result).to.deep.equal(new Set(["@b:x"]));
    expect(interested.messages).to.have.lengthOf(1);
    const routed = await asked(
      presenceRouter,
      "getUsersForStates",
      [[]],
      () => new Map([["@b:x", new Set([cyclic()])]]),
    );
    expect(routed.result).to.deep.equal(new Map([["@b:x", new Set()]]));
    expect(routed.messages).to.have.lengthOf(1);
  });

  it("answers that JSON can't carry are refused where a callback puts them into a live argument", async () => {
    for (const put of [
      (_: unknown, content: Record<string, unknown>) => void (content["extra"] = 1n),
      async (_: unknown, content: Record<string, unknown>) => void (content["extra"] = 1n),
    ]) {
      const { error, messages } = await asked(thirdPartyRules, "onCreateRoom", [{}, {}, false], put as Callback);
      expect(error).to.be.instanceOf(MatrixError).that.includes({ status: 403, errcode: "M_UNKNOWN" });
      expect(messages).to.deep.equal([
        "callback Odd.onCreateRoom of module Odd on ThirdPartyRules.onCreateRoom failed: the callback put something into requestContent that JSON can't carry: a bigint at extra",
      ]);
    }
  });

  it("answers that JSON can't carry make a failure of a MatrixError that carries them", async () => {
    const { error } = await asked(spamChecker, "checkEventForSpam", [event], () => {
      throw new MatrixError(403, "no", "M_FORBIDDEN", { fields: { count: 1n } });
    });
    expect(error?.message).to.equal("the callback threw a MatrixError that JSON can't carry: a bigint at body.count");
  });
});

describe("a hook without callbacks that comes to a Set or a Map", () => {
  it("a hook without callbacks that comes to a Set or a Map makes a new one for each dispatch, so that what a homeserver adds stays its own", () => {
    const { hooks } = startCategory(presenceRouter, {});
    const mine = hooks.getInterestedUsers("@alice:x") as Set<string>;
    mine.add("@bob:x");
    expect(hooks.getInterestedUsers("@carol:x")).to.deep.equal(new Set());
    const routes = hooks.getUsersForStates([]) as unknown as Map<string, Set<unknown>>;
    routes.set("@alice:x", new Set());
    expect(hooks.getUsersForStates([])).to.deep.equal(new Map());
  });
});
