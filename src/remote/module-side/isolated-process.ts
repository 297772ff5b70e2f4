// The program of the processes that Ligand starts for modules.
import { url as debuggerUrl } from "node:inspector";
import { inspect } from "node:util";
import { caught } from "../../errors/caught.js";
import { createLogger } from "../../logging/create-logger.js";
import { deferredLogger } from "../../logging/deferred-logger.js";
import { ChannelConnection } from "../wire/connection.js";
import { openDescriptor } from "../wire/listen.js";
import { BEAT_MS, MARKS_FD, MarksWriter } from "../wire/process-marks.js";
import type { ModuleProcessSettings } from "../wire/process-protocol.js";
import { withCurrentCall } from "./current-call.js";
import { watchLateErrors } from "./late-errors.js";
import { markCalls } from "./mark-calls.js";
import { ProcessModules } from "./process-modules.js";
import { ProcessServer } from "./process-server.js";

/** The socket that the homeserver's process left open for this one. */
const SOCKET_FD = 3;

// Ctrl-C reaches every process of a terminal; this one stays until the homeserver stops it, or is gone.
process.on("SIGINT", () => undefined);
// The guarding shell gives it a second to shut down; without a shell, it keeps to that itself.
process.once("disconnect", () => setTimeout(() => process.exit(1), 1000));
process.once("message", (settings: ModuleProcessSettings) => {
  run(settings).catch((error: unknown) => {
    // Promises left behind by modules don't matter: without its server the process is useless.
    process.stderr.write(`${inspect(caught(error))}\n`, () => process.exit(1));
  });
});

async function run(settings: ModuleProcessSettings): Promise<void> {
  const { logLevel: level, overChannel } = settings;
  const logger = withCurrentCall(deferredLogger(() => createLogger({ format: "json", level }), level));
  const failed = watchLateErrors(logger);
  const marks = new MarksWriter(MARKS_FD);
  const beat = () => marks.beat(debuggerUrl() !== undefined, process.memoryUsage.rss());
  beat();
  setInterval(beat, BEAT_MS).unref();
  const modules = new ProcessModules(settings, logger, markCalls(marks, logger));
  const { stopTimeoutMs } = settings;
  const socket = overChannel ? new ChannelConnection(process) : openDescriptor({ kind: "fd", fd: SOCKET_FD });
  const server = new ProcessServer(socket, { modules, logger, stopTimeoutMs, otherwise: () => marks.leave() });
  process.once("SIGTERM", () => void server.stop());
  void failed.then(() => {
    process.exitCode = 1;
    return server.stop();
  });
  await server.stopped;
  // Ends whatever modules left running, after their last output has been written.
  process.stderr.write("", () => process.exit());
}
