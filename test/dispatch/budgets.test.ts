import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import fc from "fast-check";
import { BEFORE_DEADLINE_MS, type BudgetQueue, type Budgets, type Budgeted } from "#src/dispatch/budgets.js";
import { LinkedQueue, unlink } from "#src/dispatch/linked-queue.js";
import { MOST_COUNTED_MS, SWEEP_MS, SweepingBudgets } from "#src/dispatch/sweeping-budgets.js";
import { SimulatedTime } from "./simulated-time.js";

/** Something that waits, and notes when it was given up. */
class Waiting implements Budgeted {
  previous = undefined;
  next = undefined;
  countedFrom = 0;
  queue: BudgetQueue | undefined;
  isNew = false;
  expiredAt: number | undefined;

  constructor(
    private readonly time: SimulatedTime,
    private readonly onExpired: () => void = () => undefined,
  ) {}

  leave(): void {
    this.queue = undefined;
    unlink(this);
  }

  expire(): void {
    this.expiredAt = this.time.now();
    this.onExpired();
  }
}

function waitFor(budgets: Budgets, timeoutMs: number, waiting: Waiting): Waiting {
  waiting.queue = budgets.queueOf(timeoutMs);
  budgets.enter(waiting);
  return waiting;
}

describe("LinkedQueue", () => {
  it("law: a LinkedQueue has what entered it and did not leave, in the order in which it came", () => {
    const step = fc.record({ leave: fc.boolean(), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const queue = new LinkedQueue<{ id: number; previous: undefined; next: undefined }>();
        const here: { id: number; previous: undefined; next: undefined }[] = [];
        for (const [id, { leave, which }] of steps.entries()) {
          if (leave && here.length > 0) {
            const [item] = here.splice(which % here.length, 1);
            unlink(item!);
            unlink(item!);
          } else {
            const item = { id, previous: undefined, next: undefined };
            here.push(item);
            queue.add(item);
          }
          expect(queue.first).to.equal(here[0]);
        }
        for (const item of here) {
          expect(queue.first).to.equal(item);
          unlink(item);
        }
        expect(queue.first).to.equal(undefined);
      }),
    );
  });
});

describe("Budgets", () => {
  // The loop is busy for a while, then sweeps; whatever begins to wait does so in between.
  const turn = fc.record({
    busyMs: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 2000 })),
    enters: fc.array(fc.constantFrom(1, 10, 25, 100), { maxLength: 3 }),
  });

  it("law: Budgets gives up nothing early, and everything in the first sweep that finds its budget used up", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 40 }), async (turns) => {
        const time = new SimulatedTime();
        const budgets = new SweepingBudgets(time);
        const waiting: {
          entered: number;
          timeoutMs: number;
          sweeps: { at: number; counted: number }[];
          it: Waiting;
        }[] = [];
        for (const { busyMs, enters } of turns) {
          for (const timeoutMs of enters) {
            const it = waitFor(budgets, timeoutMs, new Waiting(time));
            waiting.push({ entered: time.now(), timeoutMs, sweeps: [], it });
          }
          await Promise.resolve();
          const before = time.now();
          await time.pass(Math.max(SWEEP_MS, busyMs));
          for (const each of waiting) {
            each.sweeps.push({ at: time.now(), counted: Math.min(time.now() - before, MOST_COUNTED_MS) });
          }
        }
        for (const { entered, timeoutMs, sweeps, it } of waiting) {
          // What passed before the first sweep after it came counts for nothing.
          let counted = 0;
          const due = sweeps.slice(1).find((sweep) => (counted += sweep.counted) >= timeoutMs);
          expect(it.expiredAt).to.equal(due?.at);
          if (it.expiredAt !== undefined) expect(it.expiredAt - entered).to.be.at.least(timeoutMs);
        }
      }),
    );
  });

  it("law: while the loop runs freely, Budgets gives up at most two sweeps after the budget", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 99 }), async (timeoutMs, offset) => {
        const time = new SimulatedTime();
        const budgets = new SweepingBudgets(time);
        // Another one keeps the interval running.
        waitFor(budgets, 10_000, new Waiting(time));
        await time.pass(offset / 10);
        const it = waitFor(budgets, timeoutMs, new Waiting(time));
        const entered = time.now();
        for (let sweep = 0; sweep < 60; sweep++) await time.pass(SWEEP_MS);
        expect(it.expiredAt! - entered).to.be.within(timeoutMs, timeoutMs + 2 * SWEEP_MS);
      }),
    );
  });

  it("Budgets uses up at most 50 ms of a budget for a block of any length", async () => {
    const time = new SimulatedTime();
    const budgets = new SweepingBudgets(time);
    const it = waitFor(budgets, 120, new Waiting(time));
    await time.pass(SWEEP_MS);
    await time.pass(3_600_000);
    await time.pass(3_600_000);
    expect(it.expiredAt).to.equal(undefined);
    await time.pass(SWEEP_MS);
    await time.pass(SWEEP_MS);
    expect(it.expiredAt).to.equal(time.now());
  });

  it("Budgets visits, of ten thousand that wait, those that are due and one more for each budget", async () => {
    const time = new SimulatedTime();
    const budgets = new SweepingBudgets(time);
    let visits = 0;
    const all = Array.from({ length: 10_000 }, () => {
      let countedFrom = 0;
      const counted = { get: () => (visits++, countedFrom), set: (given: number) => (countedFrom = given) };
      return Object.defineProperty(new Waiting(time), "countedFrom", counted);
    });
    for (const [index, it] of all.entries()) {
      if (index % 1000 === 0) await time.pass(SWEEP_MS);
      waitFor(budgets, index % 2 === 0 ? 100 : 500, it);
    }
    await time.pass(SWEEP_MS);
    visits = 0;
    await time.pass(SWEEP_MS);
    const due = all.filter(({ expiredAt }) => expiredAt !== undefined);
    expect([due.length, visits]).to.deep.equal([500, 500 + 2]);
  });

  it("Budgets runs its interval only while something waits", async () => {
    const time = new SimulatedTime();
    const budgets = new SweepingBudgets(time);
    expect(time.intervals).to.equal(0);
    const it = waitFor(budgets, 100, new Waiting(time));
    await Promise.resolve();
    expect(time.intervals).to.equal(1);
    await time.pass(SWEEP_MS);
    expect(time.intervals).to.equal(1);
    it.leave();
    await time.pass(SWEEP_MS);
    expect(time.intervals).to.equal(0);
    const again = waitFor(budgets, 10, new Waiting(time));
    await Promise.resolve();
    expect(time.intervals).to.equal(1);
    await time.pass(SWEEP_MS);
    await time.pass(SWEEP_MS);
    expect([again.expiredAt, time.intervals]).to.deep.equal([time.now(), 0]);
  });

  it("Budgets lets what is given up wait again, without giving it up in the same sweep", async () => {
    const time = new SimulatedTime();
    const budgets = new SweepingBudgets(time);
    let times = 0;
    const it: Waiting = new Waiting(time, () => {
      if (++times < 3) waitFor(budgets, 10, it);
    });
    waitFor(budgets, 10, it);
    const seen: number[] = [];
    for (let sweep = 0; sweep < 8; sweep++) {
      await time.pass(SWEEP_MS);
      seen.push(times);
    }
    expect(seen).to.deep.equal([0, 1, 1, 2, 2, 3, 3, 3]);
  });

  it("law: Budgets gives up at most two sweeps after the time before a deadline, and not before it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -1000, max: 2000 }), fc.integer({ min: 0, max: 99 }), async (inMs, offset) => {
        const time = new SimulatedTime();
        const budgets = new SweepingBudgets(time);
        waitFor(budgets, 10_000, new Waiting(time));
        await time.pass(offset / 10);
        const it = new Waiting(time);
        const entered = time.now();
        budgets.enterUntil(time.date() + inMs, it);
        for (let sweep = 0; sweep < 250; sweep++) await time.pass(SWEEP_MS);
        const due = entered + Math.max(0, inMs - BEFORE_DEADLINE_MS);
        expect(it.expiredAt).to.be.within(due, due + 2 * SWEEP_MS);
      }),
    );
  });

  it("Budgets forgets the deadlines of what has left", async () => {
    const time = new SimulatedTime();
    const budgets = new SweepingBudgets(time);
    const all = [1000, 5000, 60_000].map((inMs) => {
      const it = new Waiting(time);
      budgets.enterUntil(time.date() + inMs, it);
      return it;
    });
    await Promise.resolve();
    for (const it of all) it.leave();
    await time.pass(SWEEP_MS);
    expect(time.intervals).to.equal(0);
  });

  it("Budgets takes a deadline that never comes for none", async () => {
    const time = new SimulatedTime();
    const budgets = new SweepingBudgets(time);
    for (const never of [Infinity, NaN]) budgets.enterUntil(never, new Waiting(time));
    await Promise.resolve();
    expect([time.intervals, budgets.deadlines]).to.deep.equal([0, 0]);
  });

  it("Budgets that are released keep no process alive from then on, and give up what waits as before", async () => {
    const time = new SimulatedTime();
    const budgets = new SweepingBudgets(time);
    const [before, after] = [new Waiting(time), new Waiting(time)];
    waitFor(budgets, 100, before);
    await time.pass(SWEEP_MS);
    expect([time.intervals, time.keepingAlive]).to.deep.equal([1, 1]);
    budgets.release();
    await time.pass(SWEEP_MS);
    expect([time.intervals, time.keepingAlive]).to.deep.equal([1, 0]);
    waitFor(budgets, 200, after);
    for (let sweep = 0; sweep < 30; sweep++) await time.pass(SWEEP_MS);
    expect(before.expiredAt).to.be.within(100, 100 + 3 * SWEEP_MS);
    expect(after.expiredAt).to.be.within(220, 220 + 2 * SWEEP_MS);
    expect(time.intervals).to.equal(0);
  });

  it("Budgets that are released before their interval begins have one that keeps no process alive", async () => {
    const time = new SimulatedTime();
    const budgets = new SweepingBudgets(time);
    waitFor(budgets, 100, new Waiting(time));
    budgets.release();
    await Promise.resolve();
    expect([time.intervals, time.keepingAlive]).to.deep.equal([1, 0]);
  });

  it("Budgets looks again at no deadline that has passed, while others wait", async () => {
    const time = new SimulatedTime();
    const budgets = new SweepingBudgets(time);
    const looked: number[] = [];
    waitFor(budgets, 60_000, new Waiting(time));
    await Promise.resolve();
    for (let sweep = 0; sweep < 100; sweep++) {
      const it = new Waiting(time, () => looked.push(sweep));
      budgets.enterUntil(time.date() + BEFORE_DEADLINE_MS + SWEEP_MS, it);
      await time.pass(SWEEP_MS);
    }
    await time.pass(SWEEP_MS);
    expect(looked.length).to.equal(100);
    expect(budgets.deadlines).to.equal(0);
  });

  it("Budgets gives up outside of the requests that began to wait", async () => {
    const store = new AsyncLocalStorage<string>();
    const budgets = new SweepingBudgets();
    const seen: unknown[] = [];
    const request = (name: string) =>
      store.run(name, () => {
        const expired = new Promise<void>((resolve) => {
          const it = new Waiting(new SimulatedTime(), () => {
            seen.push(store.getStore());
            resolve();
          });
          waitFor(budgets, 1, it);
        });
        return expired;
      });
    await request("first");
    await delay(3 * SWEEP_MS);
    await request("second");
    expect(seen).to.deep.equal([undefined, undefined]);
  });
});
