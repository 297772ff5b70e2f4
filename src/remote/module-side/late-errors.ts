import type { Logger } from "winston";
import { caught } from "../../errors/caught.js";

/**
 * Looks after errors of modules that nothing waits for. A promise that was rejected is logged, and the process goes on,
 * as Synapse does after a failed Deferred: one module's oversight does not stop the others. After an exception that was
 * thrown where no code could catch it what was under way may be in any state: it is logged, and the process should stop.
 * A standard error stream that has no reader any more counts as such an exception, and cannot be logged.
 *
 * @returns resolves after the first such exception
 */
export function watchLateErrors(logger: Logger): Promise<void> {
  process.on("unhandledRejection", (error) => {
    logger.error("Unhandled rejection in a module; continuing", { error: caught(error) });
  });
  // Before the program's own listener, which would end the process immediately.
  return new Promise((resolve) => {
    process.setUncaughtExceptionCaptureCallback((error) => {
      logger.error("Uncaught exception outside any callback; shutting down", {
        error: caught(error),
      });
      resolve();
    });
    // Without a listener it would be an exception, which is logged, which is an exception.
    process.stderr.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "EPIPE") resolve();
    });
    // What modules print may have no reader.
    process.stdout.on("error", () => undefined);
  });
}
