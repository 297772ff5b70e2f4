import { setImmediate } from "node:timers/promises";
import type { Logger } from "winston";
import { BackgroundWork } from "../homeserver/background-work.js";
import type { FakeClock } from "./fake-clock.js";

/** After this many turns, work that waits for the clock is left waiting. */
const TURNS = 10;

/** {@link BackgroundWork} in the time of a test. */
export class TestBackgroundWork extends BackgroundWork {
  constructor(
    logger: Logger,
    private readonly clock: FakeClock,
  ) {
    super(logger);
  }

  /** What waits for the clock is not waited for: only the test can move it. */
  override async settled(): Promise<void> {
    for (let turns = 0; ; turns += 1) {
      await setImmediate();
      if (!this.isRunning) return;
      if (this.clock.sleepers > 0 && turns >= TURNS) return;
    }
  }
}
