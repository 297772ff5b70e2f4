import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { BackgroundWork } from "#src/homeserver.js";
import { captureLogs } from "#src/testing.js";

describe("BackgroundWork", () => {
  it("BackgroundWork logs the error of work that fails, and counts it as ended", async () => {
    const { logger, records } = captureLogs({ all: true });
    const work = new BackgroundWork(logger);
    work.start("delete !room:example.org", async () => {
      throw new RangeError("no such room");
    });
    expect(work.isRunning).to.equal(true);
    await work.settled();
    expect(work.isRunning).to.equal(false);
    expect(records.map(({ level, message }) => ({ level, message }))).to.deep.equal([
      { level: "error", message: "The background work 'delete !room:example.org' failed" },
    ]);
  });

  it("BackgroundWork settles once the work started by other work is done, too", async () => {
    const work = new BackgroundWork(captureLogs().logger);
    const done: string[] = [];
    work.start("first", async () => {
      await setImmediate();
      work.start("second", async () => {
        await setImmediate();
        done.push("second");
      });
      done.push("first");
    });
    await work.settled();
    expect(done).to.deep.equal(["first", "second"]);
  });
});
