import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { PostgresScheduler } from "#src/default-services/postgres-scheduler.js";
import { SystemClock } from "#src/default-services/system-clock.js";
import { disconnect, openProxy, SERVER, serverFor } from "./cluster.js";
import { capturedLog } from "../services/captured-log.js";
import { until } from "../until.js";

if (SERVER !== undefined) {
  describe("PostgresScheduler", () => {
    const { logger } = capturedLog();
    const all: PostgresScheduler[] = [];
    let names = 0;

    const open = (index: number, settings = {}) => {
      const connectionString = serverFor(`ligand scheduler ${index}`);
      const name = `test ${process.pid} ${names}`;
      const scheduler = new PostgresScheduler({
        clock: new SystemClock(),
        logger,
        connectionString,
        name,
        ...settings,
      });
      all.push(scheduler);
      return scheduler;
    };
    /** Starts a looping call on each; counts its runs, and the most that ran at one time. */
    const loop = (...schedulers: PostgresScheduler[]) => {
      const seen = { runs: schedulers.map(() => 0), atOnce: 0 };
      let running = 0;
      for (const [index, scheduler] of schedulers.entries()) {
        scheduler.loopingBackgroundCall(async () => {
          running += 1;
          seen.atOnce = Math.max(seen.atOnce, running);
          await setTimeout(5);
          running -= 1;
          seen.runs[index]! += 1;
        }, 20);
      }
      return seen;
    };

    beforeEach(() => (names += 1));
    afterEach(async () => {
      await Promise.all(all.map((scheduler) => scheduler.shutdown()));
      all.length = 0;
    });

    it("PostgresScheduler hands over immediately when it is shut down", async () => {
      const [first, second] = [open(1), open(2)];
      const { runs } = loop(first);
      await until(() => runs[0]! > 0);
      const later = loop(second);
      await first.shutdown();
      await until(() => later.runs[0]! > 0);
    });

    it("PostgresScheduler runs on one again after each lost connection", async () => {
      const seen = loop(open(1), open(2));
      const sum = () => seen.runs[0]! + seen.runs[1]!;
      for (const index of [1, 2, 1]) {
        await until(() => sum() > 0);
        expect(await disconnect(`ligand scheduler ${index}`)).to.equal(1);
        seen.runs.fill(0);
        await until(() => sum() > 3);
      }
      expect(seen.atOnce).to.equal(1);
    });

    it("PostgresScheduler moves to another process when the holder's connection no longer answers", async () => {
      const proxy = await openProxy();
      const [first, second] = [open(1, { connectionString: proxy.url }), open(2)];
      const { runs } = loop(first);
      await until(() => runs[0]! > 0);
      const later = loop(second);
      proxy.stall();
      await until(() => later.runs[0]! > 0);
      const before = runs[0];
      await until(() => later.runs[0]! > 5);
      proxy.close();
      expect(runs[0]).to.equal(before);
    });

    it("PostgresScheduler runs where background tasks run, whichever process starts first", async () => {
      const [idle, busy] = [open(1, { shouldRunBackgroundTasks: () => false }), open(2)];
      const seen = loop(idle, busy);
      await until(() => seen.runs[1]! > 3);
      expect(seen.runs[0]).to.equal(0);
    });

    it("PostgresScheduler distinguishes homeservers by their names", async () => {
      const seen = loop(open(1), open(2, { name: "another" }));
      await until(() => seen.runs.every((runs) => runs > 0));
    });
  });
}

describe("PostgresScheduler without a server", () => {
  it("PostgresScheduler without a server runs what runs on every process, and nothing that runs on one", async () => {
    const { logger, lines } = capturedLog();
    const connectionString = "postgresql://127.0.0.1:1/none";
    const scheduler = new PostgresScheduler({ clock: new SystemClock(), logger, connectionString });
    const runs = { one: 0, all: 0 };
    scheduler.loopingBackgroundCall(() => (runs.one += 1), 5);
    scheduler.loopingBackgroundCall(() => (runs.all += 1), 5, { runOnAllInstances: true });
    await until(() => runs.all > 5 && lines.length > 0);
    await scheduler.shutdown();
    expect(runs.one).to.equal(0);
    expect(lines[0]).to.match(/^warn: Scheduler on PostgreSQL has no connection to PostgreSQL/);
  });
});
