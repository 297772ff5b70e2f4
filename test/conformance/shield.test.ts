import { AsyncLocalStorage } from "node:async_hooks";
import { expect } from "chai";
import { CATALOGUE } from "#src/catalogue/index.js";
import { CancelledError } from "#src/errors/cancelled-error.js";
import type { HookContext } from "#src/hooks/context.js";
import { startCategory } from "../dispatch/start-category.js";

/** A shielded hook whose one callback settles when the test says so. */
function shielded(context: HookContext) {
  const events: string[] = [];
  let settle!: { resolve(value: unknown): void; reject(error: unknown): void };
  const { hooks } = startCategory(CATALOGUE.accountValidity, {
    a: {
      isUserExpired: async () => {
        try {
          return await new Promise((resolve, reject) => (settle = { resolve, reject }));
        } finally {
          events.push("settled");
        }
      },
    },
  });
  const result = Promise.resolve(hooks.isUserExpired("@alice:example.org", context));
  const seen = result.then(
    (value) => (events.push("seen"), { value }),
    (error: unknown) => (events.push("seen"), { error }),
  );
  return { settle, seen, events };
}

describe("conformance: cancellation shield", () => {
  it("case 364: without cancellation the waiter sees the callback's value, or its error", async () => {
    const resolved = shielded({ signal: new AbortController().signal });
    resolved.settle.resolve(true);
    expect(await resolved.seen).to.deep.equal({ value: true });
    const rejected = shielded({ signal: new AbortController().signal });
    const error = new Error("boom");
    rejected.settle.reject(error);
    expect(await rejected.seen).to.have.property("error", error);
  });

  it("case 366: after cancellation the callback runs to its end, and the waiter sees the cancellation", async () => {
    const controller = new AbortController();
    const { settle, seen, events } = shielded({ signal: controller.signal, requestId: "GET-7" });
    controller.abort();
    events.push("cancelled");
    settle.resolve(true);
    const { error } = (await seen) as { error: unknown };
    expect(error).to.be.instanceOf(CancelledError).with.property("message", "request GET-7 was cancelled");
    expect(events).to.deep.equal(["cancelled", "settled", "seen"]);
  });

  it("case 367: a second cancellation changes nothing", async () => {
    const controller = new AbortController();
    const { settle, seen, events } = shielded({ signal: controller.signal });
    const reason = new Error("first");
    controller.abort(reason);
    controller.abort(new Error("second"));
    events.push("cancelled");
    settle.resolve(true);
    const { error } = (await seen) as { error: unknown };
    expect(error).to.be.instanceOf(CancelledError).with.property("cause", reason);
    expect(events).to.deep.equal(["cancelled", "settled", "seen"]);
  });

  it("case 368: a cancellation of the callback's own is seen as the same object", async () => {
    const own = new CancelledError("own");
    const controller = new AbortController();
    const waiting = [shielded({}), shielded({ signal: controller.signal })];
    controller.abort();
    for (const { settle, seen } of waiting) {
      settle.reject(own);
      expect(await seen).to.have.property("error", own);
    }
  });

  it("case 369: the waiter keeps its own context when it sees the cancellation", async () => {
    const requests = new AsyncLocalStorage<string>();
    const controller = new AbortController();
    let settle!: (value: unknown) => void;
    const { hooks } = startCategory(CATALOGUE.accountValidity, {
      a: { isUserExpired: () => requests.run("callback", () => new Promise((resolve) => (settle = resolve))) },
    });
    const seen = requests.run("request", async () => {
      const [settled] = await Promise.allSettled([hooks.isUserExpired("@alice:example.org", controller)]);
      return { settled, context: requests.getStore() };
    });
    controller.abort();
    requests.run("elsewhere", () => settle(true));
    const { settled, context } = await seen;
    expect((settled as PromiseRejectedResult).reason).to.be.instanceOf(CancelledError);
    expect(context).to.equal("request");
  });
});
