// The program of the process that `startIsolated` starts.
import { url as debuggerUrl } from "node:inspector";
import { inspect } from "node:util";
import { caught } from "../../errors/caught.js";
import { createLogger } from "../../logging/create-logger.js";
import { withCurrentCall } from "./current-call.js";
import { watchLateErrors } from "./late-errors.js";
import { markCalls } from "./mark-calls.js";
import { BEAT_MS, MARKS_FD, MarksWriter } from "../wire/process-marks.js";
import type { IsolatedProcessOptions } from "../wire/protocol.js";
import { serveWith } from "./serve.js";

// Ctrl-C reaches every process of a terminal; this one stays until the homeserver stops it, or is gone.
process.on("SIGINT", () => undefined);
// The guarding shell gives it a second to shut down; without a shell, it keeps to that itself.
process.once("disconnect", () => setTimeout(() => process.exit(1), 1000));
process.once("message", (options: IsolatedProcessOptions) => {
  run(options).catch((error: unknown) => {
    // Promises left behind by modules don't matter: without its server the process is useless.
    process.stderr.write(`${inspect(caught(error))}\n`, () => process.exit(1));
  });
});

async function run({ logLevel, ...options }: IsolatedProcessOptions): Promise<void> {
  const logger = withCurrentCall(createLogger({ format: "json", level: logLevel }));
  const failed = watchLateErrors(logger);
  const marks = new MarksWriter(MARKS_FD);
  const beat = () => marks.beat(debuggerUrl() !== undefined);
  beat();
  setInterval(beat, BEAT_MS).unref();
  const server = await serveWith(
    { ...options, address: "fd:3", logger },
    { watch: false, wrap: markCalls(marks, logger) },
  );
  process.once("SIGTERM", () => void server.stop());
  void failed.then(() => {
    process.exitCode = 1;
    return server.stop();
  });
  await server.stopped;
  // Ends whatever modules left running, after their last output has been written.
  process.stderr.write("", () => process.exit());
}
