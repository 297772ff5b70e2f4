import { setImmediate } from "node:timers/promises";
import type { Logger } from "winston";
import { BackgroundWork } from "../homeserver/background-work.js";
import type { FakeClock } from "./fake-clock.js";

/** After this many turns, work that waits for the clock is left waiting. */
const TURNS = 10;

/** {@link BackgroundWork} under a test's clock. */
export class TestBackgroundWork extends BackgroundWork {
  constructor(
    logger: Logger,
    private readonly clock: FakeClock,
  ) {
    super(logger);
  }

  /** Doesn't wait for what waits for the clock: only the test can move that. */
  override async settled(): Promise<void> {
    for (let turns = 0; ; turns += 1) {
      await setImmediate();
      if (!this.isRunning) return;
      if (this.clock.sleepers > 0 && turns >= TURNS) return;
    }
  }
}
