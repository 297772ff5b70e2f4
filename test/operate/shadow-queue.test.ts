import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate, setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { HookContext } from "#src/hooks/context.js";
import type { CallGuard, Interest } from "#src/hooks/contribution.js";
import type { AnyHook } from "#src/hooks/hook.js";
import { LateState } from "#src/hooks/late-state.js";
import { NOT_ASKED } from "#src/hooks/narrowing.js";
import type { ShadowedDispatch } from "#src/dispatch/shadowed-dispatch.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { NOT_SPAM } from "#src/matrix/verdict.js";
import { ShadowQueue } from "#src/operate/shadow-queue.js";
import { standIn } from "#src/operate/stand-in.js";
import { settleable, type Settleable } from "../dispatch/settleable.js";
import { SimulatedTime } from "../dispatch/simulated-time.js";
import { SweepingBudgets } from "#src/dispatch/sweeping-budgets.js";
import { chainCallback } from "../dispatch/chain-callback.js";
import type { Callback } from "../dispatch/start-category.js";
import { until } from "../until.js";

const { spamChecker, thirdPartyRules } = CATALOGUE;
const lines: string[] = [];
const write = (message: string) => void lines.push(message);
const newLog = () => ({ debug: write, info: write, warn: write, error: write });
const log = newLog();
const otherLog = newLog();

interface Tried {
  readonly call: Callback;
  readonly timeoutMs?: number;
  readonly guard?: CallGuard;
  readonly interest?: Interest;
  /** What the dispatch came to; by default, that nothing is wrong. */
  readonly outcome?: unknown;
  readonly module?: "tried" | "other";
  readonly hook?: AnyHook;
  readonly args?: readonly unknown[];
  readonly context?: HookContext;
}

/** What calls in shadow came to, of dispatches that allowed everything. */
function tried(queue: ShadowQueue, calls: readonly Tried[]): string[] {
  const results: string[] = [];
  for (const {
    call,
    timeoutMs,
    guard,
    interest,
    outcome,
    module = "tried",
    hook = spamChecker.hooks.userMayInvite,
    args = [],
    context = {},
  } of calls) {
    const callback = chainCallback(module, call, {
      log: module === "tried" ? log : otherLog,
      shadow: true,
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(guard && { guard }),
      ...(interest && { interest }),
    });
    const dispatch: ShadowedDispatch = {
      chain: "SpamChecker.userMayInvite",
      hook,
      context,
      calls: [{ callback, position: 0, args, count: (result) => void results.push(result) }],
      answers: [],
      outcome: { result: outcome ?? (hook === spamChecker.hooks.userMayInvite ? NOT_SPAM : undefined) },
    };
    queue.enter(dispatch);
  }
  return results;
}

const fail = () => {
  throw new Error("boom");
};

/** How many stacks of errors with this message are built meanwhile: reading a stack for the first time builds it. */
async function stacksBuilt(message: string, run: () => Promise<void>): Promise<number> {
  let built = 0;
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (error) => {
    if (error.message === message) built++;
    return String(error);
  };
  try {
    await run();
  } finally {
    Error.prepareStackTrace = prepareStackTrace!;
  }
  return built;
}

describe("calls in shadow", () => {
  beforeEach(() => void lines.splice(0));

  it("calls in shadow are made in a later turn, and what they would change is counted", async () => {
    const called: string[] = [];
    const results = tried(new ShadowQueue(), [
      { call: () => (called.push("first"), NOT_SPAM) },
      { call: async () => (called.push("second"), "M_FORBIDDEN") },
      { call: () => NOT_ASKED },
      { call: fail },
      { call: () => Promise.reject(new Error("boom")) },
      { call: () => 42 },
      {
        call: () => {
          throw new MatrixError(403, "no", "M_FORBIDDEN");
        },
        hook: thirdPartyRules.hooks.onCreateRoom,
      },
    ]);
    expect(called).to.deep.equal([]);
    await until(() => results.length === 6);
    await setImmediate();
    expect(results.toSorted()).to.deep.equal(["failed", "failed", "refuses", "refuses", "refuses", "unchanged"]);
    expect(lines).to.deep.equal([
      "callback tried.ask, in shadow, of module tried on SpamChecker.userMayInvite failed: boom",
      "callback tried.ask, in shadow, of module tried on SpamChecker.userMayInvite failed: boom",
    ]);
  });

  it("a call in shadow that hangs has failed after its timeout", async () => {
    const results = tried(new ShadowQueue(), [{ call: () => new Promise(() => undefined), timeoutMs: 20 }]);
    await until(() => results.length === 1);
    expect([results, lines]).to.deep.equal([
      ["failed"],
      ["callback tried.ask, in shadow, of module tried on SpamChecker.userMayInvite failed: no answer within 20 ms"],
    ]);
  });

  it("a call in shadow without a timeout has failed after ten seconds", async () => {
    const time = new SimulatedTime();
    const results = tried(new ShadowQueue(undefined, new SweepingBudgets(time)), [
      { call: () => new Promise(() => undefined) },
    ]);
    await setImmediate();
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 10) await time.pass(10);
    };
    await pass(10_000);
    expect(results).to.deep.equal([]);
    await pass(20);
    expect([results, lines]).to.deep.equal([
      ["failed"],
      ["callback tried.ask, in shadow, of module tried on SpamChecker.userMayInvite failed: no answer within 10000 ms"],
    ]);
  });

  it("a callback in shadow that fails at each call gets one line a second, and stacks that no line has aren't built", async () => {
    const time = new SimulatedTime();
    const queue = new ShadowQueue(undefined, new SweepingBudgets(time));
    const callback = chainCallback("tried", () => Promise.reject(new Error("boom")), { log, shadow: true });
    const built = await stacksBuilt("boom", async () => {
      for (const now of [0, 0, 0, 999, 1000, 1000, 2500]) {
        await time.pass(now - time.now());
        const results: string[] = [];
        queue.enter({
          chain: "SpamChecker.userMayInvite",
          hook: spamChecker.hooks.userMayInvite,
          context: {},
          calls: [{ callback, position: 0, args: [], count: (result) => void results.push(result) }],
          answers: [],
          outcome: { result: NOT_SPAM },
        });
        await until(() => results.length === 1);
        expect(results).to.deep.equal(["failed"]);
      }
    });
    const line = "callback tried.ask, in shadow, of module tried on SpamChecker.userMayInvite failed: boom";
    expect(lines).to.deep.equal([
      line,
      "tried.ask, in shadow, failed 3 more times than the log says",
      line,
      "tried.ask, in shadow, failed 1 more time than the log says",
      line,
    ]);
    expect(built).to.equal(3);
  });

  it("the stack of a refusal in shadow isn't built: no line shows it", async () => {
    const refusing = chainCallback("tried", () => Promise.reject(new MatrixError(403, "no", "M_FORBIDDEN")), {
      log,
      shadow: true,
    });
    const queue = new ShadowQueue();
    const results: string[] = [];
    const built = await stacksBuilt("no", async () => {
      queue.enter({
        chain: "ThirdPartyRules.onCreateRoom",
        hook: thirdPartyRules.hooks.onCreateRoom,
        context: {},
        calls: [{ callback: refusing, position: 0, args: [], count: (result) => void results.push(result) }],
        answers: [],
        outcome: { result: undefined },
      });
      await until(() => results.length === 1);
    });
    expect([results, lines, built]).to.deep.equal([["refuses"], [], 0]);
  });

  it("a call in shadow ends at a service that owes it a result", async () => {
    const rooms = standIn("Rooms", { createRoom: fail }, log);
    const results = tried(new ShadowQueue(), [
      {
        call: async () => {
          await (rooms.createRoom as () => Promise<unknown>)();
          return "M_FORBIDDEN";
        },
      },
    ]);
    await until(() => results.length === 1);
    expect([results, lines]).to.deep.equal([["stopped"], ["in shadow: Rooms.createRoom would have been called"]]);
  });

  it("a call in shadow that fails because its request was cancelled is skipped", async () => {
    const abort = new AbortController();
    abort.abort();
    const cancelled = () => Promise.reject(new DOMException("gone", "AbortError"));
    const results = tried(new ShadowQueue(), [
      { call: cancelled, context: { signal: abort.signal } },
      { call: cancelled },
    ]);
    await until(() => results.length === 2);
    expect(results.toSorted()).to.deep.equal(["failed", "skipped"]);
  });

  it("a call in shadow that fails while another one has begun is counted by its guard as what it is", async () => {
    const failed: unknown[] = [];
    const guard = { current: "the one before" as unknown, failed: () => void failed.push(guard.current) };
    const answers: Settleable[] = [];
    const call = () => {
      guard.current = `call ${answers.length}`;
      answers.push(settleable());
      return answers.at(-1)!.promise;
    };
    const results = tried(new ShadowQueue(), [
      { call, guard },
      { call, guard },
    ]);
    await until(() => answers.length === 2);
    for (const answer of answers) answer.reject(new Error("boom"));
    await until(() => results.length === 2);
    expect(failed).to.deep.equal(["call 0", "call 1"]);
  });

  it("a callback in shadow that looks at no state is called without it, however long it takes to load", async () => {
    const hook = thirdPartyRules.hooks.checkEventAllowed;
    const args = ["event", LateState.loading(() => new Promise(() => undefined))];
    const received: unknown[] = [];
    const call = (...given: unknown[]) => (received.push(given), [true, null]);
    const interests = [
      { parameters: 1, types: null, state: null },
      { parameters: 2, types: null, state: [] },
    ];
    const results = tried(
      new ShadowQueue(),
      interests.map((interest) => ({ hook, args, call, interest, outcome: [true, null] })),
    );
    await until(() => results.length === 2);
    expect([results, received]).to.deep.equal([["unchanged", "unchanged"], Array(2).fill(["event", undefined])]);
  });

  it("a change of a live argument is a change", async () => {
    const results = tried(new ShadowQueue(), [
      {
        hook: thirdPartyRules.hooks.onCreateRoom,
        args: [{}, { name: "a" }, false],
        call: (_requester: unknown, content: { name: string }) => void (content.name = "b"),
      },
      { hook: thirdPartyRules.hooks.onCreateRoom, args: [{}, { name: "a" }, false], call: () => undefined },
    ]);
    await until(() => results.length === 2);
    expect(results.toSorted()).to.deep.equal(["changes", "unchanged"]);
  });

  it("at most 100 calls of a module wait or run, and the others are skipped", async () => {
    let answer!: (verdict: unknown) => void;
    const hanging = new Promise((resolve) => (answer = resolve));
    const queue = new ShadowQueue();
    const results = tried(
      queue,
      Array.from({ length: 150 }, () => ({ call: () => hanging })),
    );
    const others = tried(queue, [{ call: () => NOT_SPAM, module: "other" }]);
    expect(results).to.deep.equal(Array.from({ length: 50 }, () => "skipped"));
    await until(() => others.length === 1);
    answer(NOT_SPAM);
    await until(() => results.length === 150);
    const later = tried(queue, [{ call: () => NOT_SPAM }]);
    await until(() => later.length === 1);
    expect([others, later]).to.deep.equal([["unchanged"], ["unchanged"]]);
  });

  it("calls in shadow that take long leave turns of the event loop to others", async () => {
    const results = tried(
      new ShadowQueue(),
      Array.from({ length: 6 }, () => ({
        call: () => {
          const end = performance.now() + 6;
          while (performance.now() < end);
          return NOT_SPAM;
        },
      })),
    );
    const seen: number[] = [];
    while (results.length < 6) {
      await setImmediate();
      seen.push(results.length);
    }
    expect(new Set(seen).size).to.equal(6);
  });

  it("calls in shadow belong to no request", async () => {
    const request = new AsyncLocalStorage<string>();
    const queue = new ShadowQueue();
    const seen: unknown[] = [];
    const call = async () => {
      seen.push(request.getStore());
      await setTimeout(1);
      seen.push(request.getStore());
      return NOT_SPAM;
    };
    const results = request.run("PUT-1", () => tried(queue, [{ call }, { call }]));
    await until(() => results.length === 2);
    expect(seen).to.deep.equal([undefined, undefined, undefined, undefined]);
  });
});
