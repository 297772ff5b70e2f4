import type { Logger } from "winston";
import { caught } from "../../errors/caught.js";

/**
 * Looks after errors of modules that nothing waits for. A promise that was rejected is logged, and the process goes on,
 * as Synapse does after a failed Deferred: one module's oversight does not stop the others. After an exception that was
 * thrown where nobody could catch it what was under way may be in any state: it is logged, and the process should stop.
 *
 * @returns resolves after the first such exception
 */
export function watchLateErrors(logger: Logger): Promise<void> {
  process.on("unhandledRejection", (error) => {
    logger.error("a promise was rejected and nothing waited for it; the modules go on", { error: caught(error) });
  });
  // Before the program's own listener, which would end the process at once.
  return new Promise((resolve) => {
    process.setUncaughtExceptionCaptureCallback((error) => {
      logger.error("an error was thrown where nothing could catch it, as in a timer; stopping", {
        error: caught(error),
      });
      resolve();
    });
  });
}
