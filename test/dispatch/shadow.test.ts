import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import type { ChainCallback } from "#src/hooks/contribution.js";
import { answerWith } from "#src/hooks/failure-policy.js";
import type { Observation } from "#src/dispatch/observer.js";
import type { ShadowedDispatch } from "#src/dispatch/shadowed-dispatch.js";
import { RawAnswers } from "#src/dispatch/raw-answers.js";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { startCategory, type ModuleOfFunctions } from "./start-category.js";

const ALICE = "@alice:example.org";
const ROOM = "!room:example.org";
const CONTEXT = { requestId: "r" };

const forbidden = () => "M_FORBIDDEN";
const fail = () => {
  throw new Error("boom");
};

/** A category in which the modules whose ids begin with `shadow` are in shadow; notes what the runner receives. */
function shadowed<C extends Category<any>>(category: C, modules: Readonly<Record<string, ModuleOfFunctions>>) {
  const dispatches: ShadowedDispatch[] = [];
  const observed: Observation[] = [];
  const started = startCategory(category, {}, { observer: (observation) => void observed.push(observation) });
  const arrange = (callback: ChainCallback) =>
    callback.module.id.startsWith("shadow") ? ({ ...callback, shadow: true } as const) : callback;
  started.setModules(modules, { arrange, shadows: { enter: (dispatch) => void dispatches.push(dispatch) } });
  const seen = () =>
    dispatches.map(({ calls, answers, outcome, context }) => ({
      calls: calls.map(({ callback, position }) => [callback.module.id, position]),
      answers,
      outcome,
      context,
    }));
  return { ...started, dispatches, observed, seen };
}

/** The same modules for one hook, whose callbacks answer immediately or later. */
const MODES: Readonly<Record<string, (callback: () => unknown) => () => unknown>> = {
  immediately: (callback) => callback,
  later: (callback) => async () => {
    await setImmediate();
    return callback();
  },
};

describe("callbacks in shadow", () => {
  for (const [mode, answering] of Object.entries(MODES)) {
    const asking = async (callbacks: Readonly<Record<string, () => unknown>>) => {
      const modules = Object.entries(callbacks).map(([id, callback]) => [
        id,
        { userMayPublishRoom: answering(callback) },
      ]);
      const started = shadowed(CATALOGUE.spamChecker, Object.fromEntries(modules) as Record<string, ModuleOfFunctions>);
      const ask = async () => started.hooks.userMayPublishRoom(ALICE, ROOM, CONTEXT);
      return { ...started, outcome: await ask().catch((error: unknown) => ({ error })) };
    };

    it(`are not called, and are handed over with the dispatch that passed them, where others answer ${mode}`, async () => {
      const { outcome, asked, seen, observed, dispatches } = await asking({
        shadow1: fail,
        one: () => NOT_SPAM,
        shadow2: fail,
        two: forbidden,
        shadow3: fail,
      });
      expect(outcome).to.deep.equal(deny("M_FORBIDDEN"));
      expect(asked).to.deep.equal(["one", "two"]);
      expect(observed.map(({ module }) => module)).to.deep.equal(["one", "two"]);
      expect(seen()).to.deep.equal([
        {
          calls: [
            ["shadow1", 0],
            ["shadow2", 1],
          ],
          answers: [NOT_SPAM, "M_FORBIDDEN"],
          outcome: { result: deny("M_FORBIDDEN") },
          context: CONTEXT,
        },
      ]);
      const [{ chain, hook, calls }] = dispatches as [ShadowedDispatch];
      expect([chain, hook]).to.deep.equal([
        "SpamChecker.userMayPublishRoom",
        CATALOGUE.spamChecker.hooks.userMayPublishRoom,
      ]);
      expect(calls.map(({ args }) => args)).to.deep.equal([
        [ALICE, ROOM, CONTEXT],
        [ALICE, ROOM, CONTEXT],
      ]);
    });

    it(`are handed over with the error that ended the dispatch, where others answer ${mode}`, async () => {
      const { outcome, seen } = await asking({ shadow1: forbidden, one: fail, shadow2: forbidden });
      const { error } = outcome as { error: Error };
      expect(error.message).to.equal("boom");
      expect(seen()).to.deep.equal([{ calls: [["shadow1", 0]], answers: [], outcome: { error }, context: CONTEXT }]);
    });

    it(`leave the result of a chain without others as it is, which would answer ${mode}`, async () => {
      const { outcome, seen, hooks } = await asking({ shadow1: forbidden });
      expect(outcome).to.equal(NOT_SPAM);
      expect(hooks.userMayPublishRoom.callbacks).to.deep.equal([]);
      expect(seen()).to.deep.equal([
        { calls: [["shadow1", 0]], answers: [], outcome: { result: NOT_SPAM }, context: CONTEXT },
      ]);
    });
  }

  it("are not handed over by a dispatch that passed none", () => {
    const { hooks, dispatches } = shadowed(CATALOGUE.spamChecker, {
      one: { userMayPublishRoom: forbidden },
      shadow1: { userMayPublishRoom: forbidden },
    });
    void hooks.userMayPublishRoom(ALICE, ROOM);
    expect(dispatches).to.deep.equal([]);
  });

  it("are not handed over by a request that was cancelled, which sees the cancellation only if a callback could be asked", async () => {
    const stay = { checkThreepidCanBeInvited: async () => true };
    const given = ["email", "a@example.org", undefined as never, { signal: AbortSignal.abort() }] as const;
    const one = shadowed(CATALOGUE.thirdPartyRules, { shadow1: stay, one: stay });
    expect(() => one.hooks.checkThreepidCanBeInvited(...given)).to.throw(CancelledError);
    expect(one.dispatches).to.deep.equal([]);
    const none = shadowed(CATALOGUE.thirdPartyRules, { shadow1: stay });
    expect(none.hooks.checkThreepidCanBeInvited(...given)).to.equal(true);
  });

  it("are not handed over by a request that is cancelled while a callback runs, whether that answers immediately or later", async () => {
    for (const answering of Object.values(MODES)) {
      const controller = new AbortController();
      const abort = () => {
        controller.abort();
        throw new DOMException("stopped", "AbortError");
      };
      const { hooks, seen } = shadowed(CATALOGUE.spamChecker, {
        shadow1: { userMayPublishRoom: fail },
        one: { userMayPublishRoom: answering(abort) },
      });
      const ask = async () => hooks.userMayPublishRoom(ALICE, ROOM, { signal: controller.signal });
      expect(await ask().catch((error: Error) => error.name)).to.equal("AbortError");
      expect(seen()).to.deep.equal([]);
    }
  });

  it("receive what stood at their place, whatever is changed later", () => {
    const { hooks, dispatches } = shadowed(CATALOGUE.thirdPartyRules, {
      one: { onCreateRoom: (_requester, content) => void (content.by = ["one"]) },
      shadow1: { onCreateRoom: fail },
      two: { onCreateRoom: (_requester, content) => void content.by.push("two") },
    });
    const content = { name: "room" };
    void hooks.onCreateRoom({} as never, content, false);
    expect(content).to.deep.equal({ name: "room", by: ["one", "two"] });
    expect(dispatches[0]!.calls[0]!.args.slice(0, 3)).to.deep.equal([{}, { name: "room", by: ["one"] }, false]);
  });

  it("see the answers that replaced failures, and none for failures that count as no answer", () => {
    const dispatches: ShadowedDispatch[] = [];
    const { hooks, setModules } = startCategory(CATALOGUE.thirdPartyRules);
    const failure = { name: "no", outcome: () => answerWith(false), level: () => "warn" as const };
    const modules = (own: boolean) =>
      setModules(
        {
          shadow1: { checkVisibilityCanBeModified: fail },
          one: { checkVisibilityCanBeModified: fail },
          two: { checkVisibilityCanBeModified: () => null },
        },
        {
          arrange: (callback) => ({
            ...callback,
            ...(callback.module.id === "shadow1" && { shadow: true }),
            ...(callback.module.id === "one" && own && { failure }),
          }),
          shadows: { enter: (dispatch) => void dispatches.push(dispatch) },
        },
      );
    modules(false);
    void hooks.checkVisibilityCanBeModified(ROOM, undefined as never, "public");
    modules(true);
    void hooks.checkVisibilityCanBeModified(ROOM, undefined as never, "public");
    expect(dispatches.map(({ answers, outcome }) => [answers, outcome])).to.deep.equal([
      [[null], { result: true }],
      [[false], { result: false }],
    ]);
  });

  it("are passed by where callbacks around them are asked together", async () => {
    const dispatches: ShadowedDispatch[] = [];
    const { hooks, setModules, asked } = startCategory(CATALOGUE.spamChecker);
    const module = { userMayPublishRoom: () => NOT_SPAM };
    setModules(
      { one: module, shadow1: module, two: module, three: { userMayPublishRoom: forbidden } },
      {
        arrange: (callback) => (callback.module.id === "shadow1" ? { ...callback, shadow: true } : callback),
        join: ([first, ...others]) =>
          first ? [{ ...first, joined: true, call: async () => new RawAnswers([NOT_SPAM, NOT_SPAM]) }, ...others] : [],
        shadows: { enter: (dispatch) => void dispatches.push(dispatch) },
      },
    );
    expect(await hooks.userMayPublishRoom(ALICE, ROOM)).to.deep.equal(deny("M_FORBIDDEN"));
    expect(asked).to.deep.equal(["three"]);
    expect(dispatches.map(({ calls }) => calls.map(({ callback }) => callback.module.id))).to.deep.equal([["shadow1"]]);
  });

  it("have counters of their own, which an exchange of callbacks doesn't reset", () => {
    const dispatches: ShadowedDispatch[] = [];
    const { hooks, setModules, chains } = startCategory(CATALOGUE.spamChecker);
    const exchange = () =>
      setModules(
        { one: { userMayPublishRoom: () => NOT_SPAM } },
        {
          arrange: (callback) => [callback, { ...callback, shadow: true }],
          shadows: { enter: (dispatch) => void dispatches.push(dispatch) },
        },
      );
    for (const result of ["unchanged", "refuses", "unchanged"]) {
      exchange();
      void hooks.userMayPublishRoom(ALICE, ROOM);
      dispatches.at(-1)!.calls[0]!.count(result);
    }
    exchange();
    const counted = chains.flatMap(({ plan }) => plan.meter.read().map(({ calls, shadow }) => [calls, shadow]));
    expect(counted).to.deep.equal([
      [3, undefined],
      [
        3,
        new Map([
          ["unchanged", 2],
          ["refuses", 1],
        ]),
      ],
    ]);
  });
});
