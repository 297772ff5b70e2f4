import { expect } from "chai";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { until } from "../until.js";
import { SystemClock } from "#src/default-services/system-clock.js";
import { failureOf } from "../failure-of.js";

describe("SystemClock", () => {
  const clock = new SystemClock();

  it("case 494: SystemClock counts in milliseconds since the epoch", () => {
    const before = Date.now();
    const now = clock.nowMs();
    expect(now).to.be.within(before, Date.now());
  });

  it("SystemClock sleeps", async () => {
    expect(await clock.sleep(1)).to.equal(undefined);
  });

  it("case 494: SystemClock wakes a sleeper whose signal is aborted", async () => {
    const controller = new AbortController();
    const sleeping = failureOf(clock.sleep(2 ** 40, { signal: controller.signal }));
    controller.abort("reason");
    expect(await sleeping)
      .to.be.instanceOf(CancelledError)
      .with.property("cause", "reason");
  });

  it("SystemClock doesn't start to sleep when the signal is aborted already", async () => {
    const sleeping = failureOf(clock.sleep(2 ** 40, { signal: AbortSignal.abort("reason") }));
    expect(await sleeping)
      .to.be.instanceOf(CancelledError)
      .with.property("cause", "reason");
  });

  it("SystemClock doesn't fire a timer early that is longer than setTimeout can count", async () => {
    let fired = false;
    const timer = clock.setTimer(2 ** 31 + 1000, () => (fired = true));
    await clock.sleep(5);
    timer.cancel();
    expect(fired).to.equal(false);
  });

  it("SystemClock doesn't fire a timer that was cancelled", async () => {
    let fired = false;
    clock.setTimer(1, () => (fired = true)).cancel();
    await clock.sleep(5);
    expect(fired).to.equal(false);
  });

  it("SystemClock with a logger logs what timers throw, or reject with, and keeps going", async () => {
    const { logger, records } = captureLogs({ all: true });
    const logging = new SystemClock({ logger });
    logging.setTimer(0, function clean() {
      throw new Error("boom");
    });
    logging.setTimer(0, async function sweep() {
      throw Object.create(null);
    } as () => void);
    await until(() => records.length === 2);
    expect(records.map(({ level, message, error }) => [level, message, (error as Error).message])).to.deep.equal([
      ["error", "The function clean, given to Clock.setTimer, failed", "boom"],
      ["error", "The function sweep, given to Clock.setTimer, failed", "an object was thrown; expected an Error"],
    ]);
  });
});
