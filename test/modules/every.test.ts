import { expect } from "chai";
import fc from "fast-check";
import { LigandError } from "#src/errors/ligand-error.js";
import { ClockScheduler } from "#src/default-services/clock-scheduler.js";
import { parseDuration, type Duration } from "#src/options/duration.js";
import { Every, Schedules } from "#src/modules/every.js";
import { capturedLog } from "../services/captured-log.js";
import { ManualClock } from "../default-services/manual-clock.js";

class Cleaner {
  readonly seen: string[] = [];

  @Every("1s")
  clean() {
    this.seen.push("clean");
  }

  @Every(300, { desc: "sweeping" })
  async sweep() {
    this.seen.push("sweep");
    throw new RangeError("dusty");
  }
}

class ThoroughCleaner extends Cleaner {
  @Every("500ms")
  override clean() {
    this.seen.push("clean thoroughly");
  }
}

function start(instance: object) {
  const clock = new ManualClock();
  const { logger, lines } = capturedLog();
  const scheduler = new ClockScheduler({ clock, logger });
  const schedules = new Schedules(scheduler);
  schedules.replace([{ info: { id: "cleaner" }, instance }]);
  return { clock, lines, scheduler, schedules };
}

describe("@Every", () => {
  it("@Every calls the methods at their intervals, on their instance, and logs their errors by name", async () => {
    const cleaner = new Cleaner();
    const { clock, lines } = start(cleaner);
    await clock.advance(1000);
    expect(cleaner.seen).to.deep.equal(["sweep", "sweep", "sweep", "clean"]);
    expect(lines).to.deep.equal(Array(3).fill("error: The background process sweeping failed <- dusty"));
  });

  it("@Every names a call after the module and the method", async () => {
    class Broken {
      @Every("1s")
      work() {
        throw new RangeError("no");
      }
    }
    const { clock, lines } = start(new Broken());
    await clock.advance(1000);
    expect(lines).to.deep.equal(["error: The background process cleaner.work failed <- no"]);
  });

  it("@Every lets a subclass decorate an overriding method anew, without effect on the class above", async () => {
    const [thorough, plain] = [new ThoroughCleaner(), new Cleaner()];
    await start(thorough).clock.advance(1000);
    await start(plain).clock.advance(1000);
    expect(thorough.seen).to.deep.equal(["sweep", "clean thoroughly", "sweep", "sweep", "clean thoroughly"]);
    expect(plain.seen).to.deep.equal(["sweep", "sweep", "sweep", "clean"]);
  });

  it("@Every ends when the result is cancelled, and at shutdown", async () => {
    const [first, second] = [new Cleaner(), new Cleaner()];
    const cancelled = start(first);
    cancelled.schedules.cancel();
    await cancelled.clock.advance(5000);
    const stopped = start(second);
    await stopped.scheduler.shutdown();
    await stopped.clock.advance(5000);
    expect([first.seen, second.seen]).to.deep.equal([[], []]);
  });

  it("@Every refuses to be a standard decorator", () => {
    const decorate = Every("1s") as (...args: unknown[]) => void;
    expect(() => decorate(() => {}, { kind: "method", name: "clean" })).to.throw(
      LigandError,
      '@Every("1s") was applied as a standard decorator; set "experimentalDecorators": true in tsconfig.json',
    );
  });

  it("@Every starts nothing for a class that declares nothing", () => {
    expect(start({}).clock.pending).to.equal(0);
  });
});

describe("parseDuration", () => {
  it("parseDuration reads numbers and each unit", () => {
    expect(
      [500, "500ms", "30s", "5m", "1h", "1d", "1.5s"].map((text) => parseDuration(text as Duration)),
    ).to.deep.equal([500, 500, 30_000, 300_000, 3_600_000, 86_400_000, 1500]);
  });

  for (const text of ["", "30", "s", "-1s", "0s", "1 s", "1w", "1e3s", "0x1s", " 1s", 0, -1, Number.NaN]) {
    it(`parseDuration refuses ${JSON.stringify(text)} at decoration`, () => {
      expect(() => Every(text as Duration)).to.throw(LigandError, "isn't a duration; expected a positive number");
    });
  }

  it("parseDuration returns a positive number or throws a LigandError, for any string", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{0,4}(ms|s|m|h|d)?$/)), (text) => {
        try {
          return parseDuration(text as Duration) > 0;
        } catch (error) {
          return error instanceof LigandError;
        }
      }),
    );
  });
});
