import { expect } from "chai";
import { BackgroundUpdates, Module } from "#src/index.js";
import type { TestKit } from "#src/testing.js";
import { testModule, testModules } from "./kit.js";
import { failureOf } from "../failure-of.js";

/** Lets an iteration begin when a test says so, and notes what happens in which order. */
@Module()
class Controller {
  readonly happened: unknown[] = [];
  #enter: (ms: number) => void = () => {};

  @BackgroundUpdates.onUpdate()
  onUpdate(name: string, database: string, oneShot: boolean) {
    this.happened.push(["onUpdate", name, database, oneShot]);
    return {
      enter: () => new Promise<number>((resolve) => (this.#enter = resolve)),
      exit: async (error?: unknown) => void this.happened.push(error === undefined ? ["exit"] : ["exit", error]),
    };
  }

  @BackgroundUpdates.defaultBatchSize()
  defaultBatchSize() {
    return 500;
  }

  @BackgroundUpdates.minBatchSize()
  minBatchSize() {
    return 10;
  }

  letEnter(targetMs: number) {
    this.#enter(targetMs);
  }
}

/** An update whose items take some time each; it does all of a batch, and notes the batches. */
function slowUpdate(kit: TestKit, { msPerItem, items }: { msPerItem: number; items: number }) {
  const batches: number[] = [];
  let left = items;
  kit.homeserver.backgroundUpdates.add({
    name: "slow",
    run: async (batchSize) => {
      batches.push(batchSize);
      const done = Math.min(batchSize, left);
      left -= done;
      await kit.clock.sleep(done * msPerItem);
      return done;
    },
  });
  return batches;
}

const ASLEEP = { sleepMs: 1000, durationMs: 100, defaultBatchSize: 100, minBatchSize: 1 };

async function twoBatches(backgroundUpdates: Partial<typeof ASLEEP>, update: { msPerItem: number; items: number }) {
  const settings = { backgroundUpdates: { ...ASLEEP, sleepMs: 0, ...backgroundUpdates } };
  await using kit = await testModules([], { settings });
  const batches = slowUpdate(kit, update);
  const running = kit.homeserver.backgroundUpdates.run();
  await kit.clock.advance(10_000_000);
  await running;
  return batches.slice(0, 2);
}

describe("conformance: background updates in a homeserver", () => {
  /** One iteration of one update, up to the moment that `enter` waits. */
  async function begun() {
    const kit = await testModule(Controller);
    const { happened } = kit.module;
    kit.homeserver.backgroundUpdates.add({
      name: "test_update",
      run: async (batchSize) => {
        happened.push(["run", batchSize]);
        await kit.clock.sleep(100);
        return 0;
      },
    });
    const iteration = kit.homeserver.backgroundUpdates.runIteration();
    await kit.clock.advance(0);
    return { kit, happened, iteration, [Symbol.asyncDispose]: () => kit.stop() };
  }

  const ON_UPDATE = ["onUpdate", "test_update", "master", false];

  it("case 258: the controller is notified of the iteration; the update doesn't run until it may enter", async () => {
    await using t = await begun();
    expect(t.happened).to.deep.equal([ON_UPDATE]);
    t.kit.module.letEnter(100);
  });

  it("case 259: once it may enter, the update runs with the controller's batch size, and hasn't left", async () => {
    await using t = await begun();
    t.kit.module.letEnter(100);
    await t.kit.clock.advance(0);
    expect(t.happened).to.deep.equal([ON_UPDATE, ["run", 500]]);
  });

  it("case 260: when the update is done the controller is left, and the iteration ends", async () => {
    await using t = await begun();
    t.kit.module.letEnter(100);
    await t.kit.clock.advance(100);
    await t.iteration;
    expect(t.happened).to.deep.equal([ON_UPDATE, ["run", 500], ["exit"]]);
  });

  it("case 459: the homeserver's loop of background updates leaves the controller with the error when the update fails", async () => {
    await using kit = await testModule(Controller);
    const failure = new TypeError("broken");
    kit.homeserver.backgroundUpdates.add({ name: "failing", run: () => Promise.reject(failure) });
    const iteration = failureOf(kit.homeserver.backgroundUpdates.runIteration());
    await kit.clock.advance(0);
    kit.module.letEnter(100);
    expect(await iteration).to.equal(failure);
    expect(kit.module.happened).to.deep.equal([
      ["onUpdate", "failing", "master", false],
      ["exit", failure],
    ]);
  });

  it("case 263: without a controller the first batch has 100 items, the second as many as 100 ms allow", async () => {
    expect(await twoBatches({}, { msPerItem: 10, items: 1000 })).to.deep.equal([100, 10]);
  });

  it("case 264: the configured default is the size of the first batch", async () => {
    expect(await twoBatches({ defaultBatchSize: 20 }, { msPerItem: 10, items: 1000 })).to.deep.equal([20, 10]);
  });

  for (const [number, sleepMs] of [
    [265, 1000],
    [266, 500],
  ] as const) {
    it(`case ${number}: the loop sleeps ${sleepMs} ms before it works`, async () => {
      await using kit = await testModules([], { settings: { backgroundUpdates: { ...ASLEEP, sleepMs } } });
      const batches = slowUpdate(kit, { msPerItem: 1, items: 10 });
      void kit.homeserver.backgroundUpdates.run();
      await kit.clock.advance(sleepMs - 1);
      expect(batches).to.deep.equal([]);
      await kit.clock.advance(1);
      expect(batches).to.deep.equal([100]);
    });
  }

  it("case 266: without sleeping the loop starts immediately", async () => {
    await using kit = await testModules([], { settings: { backgroundUpdates: { ...ASLEEP, sleepMs: 0 } } });
    const batches = slowUpdate(kit, { msPerItem: 1, items: 10 });
    void kit.homeserver.backgroundUpdates.run();
    await kit.clock.advance(0);
    expect(batches).to.deep.equal([100]);
  });

  it("case 267: the configured duration rules the second batch", async () => {
    expect(await twoBatches({ durationMs: 500 }, { msPerItem: 10, items: 1000 })).to.deep.equal([100, 50]);
  });

  it("case 268: after a very slow batch the configured least number of items is done", async () => {
    expect(await twoBatches({ minBatchSize: 5 }, { msPerItem: 10_000, items: 200 })).to.deep.equal([100, 5]);
  });

  it("case 270: failures are logged, and five in a row stop the loop", async () => {
    await using kit = await testModules([], { settings: { backgroundUpdates: { ...ASLEEP, sleepMs: 0 } } });
    let runs = 0;
    kit.homeserver.backgroundUpdates.add({
      name: "failing",
      run: async () => {
        runs += 1;
        throw new TypeError("broken");
      },
    });
    await kit.homeserver.backgroundUpdates.run();
    expect(runs).to.equal(5);
    expect(kit.homeserver.backgroundUpdates.hasStopped).to.equal(true);
    const errors = kit.logs.map(({ level, message, error }) => [level, message, (error as Error).message]);
    const line = ["error", "An iteration of background update failing failed", "broken"];
    expect(errors).to.deep.equal(Array(5).fill(line));
  });
});
