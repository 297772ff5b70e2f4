import type { Logger } from "winston";
import { caught } from "../../errors/caught.js";

/**
 * Handles unhandled rejections and uncaught exceptions from modules. A rejection is logged, and the process continues, as
 * Synapse does after a failed Deferred: one module's oversight doesn't stop the others. After an exception that no code
 * could catch, whatever was running may be in any state: it's logged, and the process should stop. A standard error stream
 * that has lost its reader counts as such an exception, but can't be logged.
 *
 * @returns resolves after the first such exception
 */
export function watchLateErrors(logger: Logger): Promise<void> {
  // In the place of the program's own listener, which would end the process.
  process.removeAllListeners("unhandledRejection");
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
    // Without a listener this would be an exception, which is logged, which is an exception.
    process.stderr.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "EPIPE") resolve();
    });
    // What modules print may have no reader.
    process.stdout.on("error", () => undefined);
  });
}
