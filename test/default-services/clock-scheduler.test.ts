import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { ClockScheduler } from "#src/default-services/clock-scheduler.js";
import { capturedLog } from "../services/captured-log.js";
import { ManualClock } from "./manual-clock.js";
import { failureOf } from "../failure-of.js";

function scheduler(options: { backgroundTasks?: boolean } = {}) {
  const clock = new ManualClock();
  const { logger, lines } = capturedLog();
  const shouldRunBackgroundTasks = () => options.backgroundTasks ?? true;
  return { clock, lines, scheduler: new ClockScheduler({ clock, logger, shouldRunBackgroundTasks }) };
}

describe("ClockScheduler", () => {
  it("case 493: ClockScheduler keeps a looping call on the grid of its interval and leaves missed ticks out", async () => {
    const { clock, scheduler: s } = scheduler();
    const start = clock.nowMs();
    const calls: number[] = [];
    s.loopingBackgroundCall(async () => {
      calls.push(clock.nowMs() - start);
      if (calls.length === 1) await clock.sleep(250);
    }, 100);
    await clock.advance(650);
    expect(calls).to.deep.equal([100, 400, 500, 600]);
  });

  it("case 493: ClockScheduler never overlaps a looping call with itself", async () => {
    const { clock, scheduler: s } = scheduler();
    let running = 0;
    let most = 0;
    s.loopingBackgroundCall(async () => {
      most = Math.max(most, ++running);
      await clock.sleep(1000);
      running--;
    }, 10);
    await clock.advance(5000);
    expect(most).to.equal(1);
  });

  it("ClockScheduler stops a looping call that is cancelled, even while it runs", async () => {
    const { clock, scheduler: s } = scheduler();
    let calls = 0;
    const timer = s.loopingBackgroundCall(async () => {
      calls++;
      await clock.sleep(10);
    }, 100);
    await clock.advance(105);
    timer.cancel();
    await clock.advance(1000);
    expect(calls).to.equal(1);
    expect(clock.pending).to.equal(0);
  });

  it("ClockScheduler says once that a looping call hangs, and nothing of one that is slow", async () => {
    const { clock, lines, scheduler: s } = scheduler();
    s.loopingBackgroundCall(() => clock.sleep(59_000), 1000, { desc: "slow" });
    s.loopingBackgroundCall(() => new Promise(() => {}), 1000, { desc: "ads.refresh" });
    await clock.advance(60_999);
    expect(lines).to.deep.equal([]);
    await clock.advance(600_000);
    expect(lines).to.deep.equal([
      "warn: The looping call ads.refresh hasn't finished after 60000 ms; it won't be called again until it has",
    ]);
  });

  it("ClockScheduler leaves no timer behind for a looping call that hangs when it is shut down", async () => {
    const { clock, scheduler: s } = scheduler();
    s.loopingBackgroundCall(() => new Promise(() => {}), 1000);
    await clock.advance(1000);
    const stopped = s.shutdown();
    await clock.advance(10_000);
    await stopped;
    expect(clock.pending).to.equal(0);
  });

  it("case 493: ClockScheduler runs a delayed call once", async () => {
    const { clock, scheduler: s } = scheduler();
    let calls = 0;
    s.delayedBackgroundCall(50, () => calls++);
    await clock.advance(49);
    expect(calls).to.equal(0);
    await clock.advance(1000);
    expect(calls).to.equal(1);
  });

  it("ClockScheduler logs the error of a delayed call", async () => {
    const { clock, lines, scheduler: s } = scheduler();
    s.delayedBackgroundCall(
      1,
      () => {
        throw new RangeError("no");
      },
      { desc: "clean up" },
    );
    await clock.advance(1);
    expect(lines).to.deep.equal(["error: The background process clean up failed <- no"]);
  });

  it("ClockScheduler returns the result of a background process", async () => {
    expect(await scheduler().scheduler.runAsBackgroundProcess("add", () => 1 + 1)).to.equal(2);
  });

  it("ClockScheduler cancels all timers at shutdown and waits for the work that runs", async () => {
    const { clock, scheduler: s } = scheduler();
    const seen: string[] = [];
    s.loopingBackgroundCall(() => seen.push("loop"), 100);
    s.delayedBackgroundCall(100, () => seen.push("delayed"));
    void s.runAsBackgroundProcess("slow", async () => {
      await clock.sleep(50);
      seen.push("slow ended");
    });
    const stopped = s.shutdown().then(() => seen.push("stopped"));
    expect(s.shutdown()).to.equal(s.shutdown());
    await clock.advance(5000);
    await stopped;
    expect(seen).to.deep.equal(["slow ended", "stopped"]);
    expect(clock.pending).to.equal(0);
  });

  it("ClockScheduler returns up waiting for work that doesn't end, and says which", async () => {
    const { clock, lines, scheduler: s } = scheduler();
    void s.runAsBackgroundProcess("endless", () => new Promise(() => {}));
    const stopped = s.shutdown();
    await clock.advance(10_000);
    await stopped;
    expect(lines).to.deep.equal([
      "warn: Background processes still running 10000 ms after the scheduler stopped: endless",
    ]);
  });

  it("ClockScheduler refuses work after shutdown", async () => {
    const { scheduler: s } = scheduler();
    await s.shutdown();
    await s.shutdown();
    for (const use of [
      () => s.loopingBackgroundCall(() => {}, 1),
      () => s.delayedBackgroundCall(1, () => {}),
      () => s.runAsBackgroundProcess("late", () => {}),
    ]) {
      expect(use).to.throw(LigandError, "the scheduler was used after it was shut down");
    }
  });

  for (const ms of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`ClockScheduler refuses the interval ${ms}`, () => {
      expect(() => scheduler().scheduler.loopingBackgroundCall(() => {}, ms)).to.throw(
        LigandError,
        `the interval of a looping call must be a positive number of milliseconds, but it's ${ms}`,
      );
    });
  }

  it("case 493: ClockScheduler runs a task on a worker thread and brings back its result and its error", async () => {
    const { scheduler: s } = scheduler();
    const module = new URL("./thread-tasks.js", import.meta.url);
    expect(await s.deferToThread({ module, name: "double" }, 21)).to.deep.equal({ doubled: 42, mainThread: false });
    expect(await s.deferToThread({ module })).to.equal("default export");
    const failure = await failureOf(s.deferToThread({ module, name: "fail" }, "why"));
    expect(failure).to.be.instanceOf(Error).with.property("message", "why");
    await s.shutdown();
  });

  it("ClockScheduler runs a task on the pool of the caller", async () => {
    const calls: unknown[] = [];
    const pool = {
      run: async (argument: unknown, options: object) => {
        calls.push([argument, options]);
        return "from the pool";
      },
    };
    const { scheduler: s } = scheduler();
    expect(await s.deferToThreadpool(pool, { module: "file:///tasks.js", name: "hash" }, 1)).to.equal("from the pool");
    expect(calls).to.deep.equal([[1, { filename: "/tasks.js", name: "hash" }]]);
  });
});
