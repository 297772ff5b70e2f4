import { AsyncLocalStorage } from "node:async_hooks";
import { expect } from "chai";
import { ClockScheduler } from "#src/default-services/clock-scheduler.js";
import { SystemClock } from "#src/default-services/system-clock.js";
import { outsideRequests } from "#src/services/outside-requests.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { untilCollected } from "../collect-garbage.js";
import { until } from "../until.js";

/** What a homeserver keeps for each request. */
const requests = new AsyncLocalStorage<object>();

/** Works in a request, and waits until nothing of the request is left. */
async function forgotten(work: () => unknown): Promise<void> {
  const inRequest = async () => {
    const request = { id: 1 };
    await requests.run(request, async () => work());
    return new WeakRef(request);
  };
  const held = await inRequest();
  await untilCollected(() => held.deref() === undefined);
}

describe("what outlives a request", () => {
  it("work that outlives a request belongs to no request, and returns its result to the request that started it", () => {
    const seen = requests.run({ id: 1 }, () => [
      outsideRequests(() => requests.getStore()),
      requests.getStore(),
      outsideRequests(() => "made"),
    ]);
    expect(seen).to.deep.equal([undefined, { id: 1 }, "made"]);
  });

  it("a looping call that a request starts runs outside of it, and doesn't keep it", async () => {
    const scheduler = new ClockScheduler({ clock: new SystemClock(), logger: captureLogs().logger });
    const seen: unknown[] = [];
    await forgotten(() => {
      scheduler.loopingBackgroundCall(() => seen.push(requests.getStore()), 5);
    });
    await until(() => seen.length > 1);
    await scheduler.shutdown();
    expect(new Set(seen)).to.deep.equal(new Set([undefined]));
  });
});
