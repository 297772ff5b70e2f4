// The thread that watches the main thread. It imports little, because each homeserver has one.
import { parentPort, workerData } from "node:worker_threads";
import { CALLBACK, STEPS } from "../dispatch/running-callback.js";
import { LOG_LEVELS } from "../logging/log-levels.js";
import { prettyText } from "../logging/pretty-text.js";
import { interrupt, look } from "./look.js";
import type { CallbackNames, WatchReport, WatchThreadData } from "./messages.js";
import { SlowSteps } from "./slow-steps.js";
import type { Line } from "./stall-line.js";
import { StallWatch } from "./stall-watch.js";
import { StandardError } from "./standard-error.js";
import { StarterWatch } from "./starter-watch.js";

const ROUND_MS = 50;
/** How long it tries to write the last line of the process. */
const LAST_LINE_MS = 250;
/** How long the process may take to end itself once it's interrupted. */
const INTERRUPTED_MS = 2000;
/** How long the process may take to stop once its starter is gone; with the time to notice, less than 2 s. */
const ORPHAN_MS = 1300;

const { running, board, isMeasured, format, level, starter, endsItself } = workerData as WatchThreadData;
const standardError = new StandardError();
let names: CallbackNames = new Map();
let killInMs = Infinity;

const report = (message: WatchReport) => parentPort!.postMessage(message);
const write = ({ level: of, message, ...data }: Line) => {
  if (LOG_LEVELS.indexOf(of) > LOG_LEVELS.indexOf(level)) return;
  const { module, hook, requestId, ...rest } = data;
  const line = { timestamp: new Date().toISOString(), level: of, module, hook, requestId, message, ...rest };
  standardError.write(format === "json" ? JSON.stringify(line) : prettyText(line));
};
const stalls = new StallWatch(board, {
  // Pausing a thread ends V8's block coverage of all that it runs.
  look: isMeasured ? (_, done) => done({}) : look,
  write,
  report,
  end: (line) => {
    if (!endsItself) return kill(line);
    interrupt();
    setTimeout(() => kill(line), INTERRUPTED_MS);
  },
  callback: (number) => names.get(number),
});
const slowSteps = new SlowSteps(board, (callback, ms) => report({ kind: "slow", callback, ms }));
const starterWatch = starter && new StarterWatch(starter);
let orphanedAt: number | undefined;

parentPort!.on("message", (numbered: CallbackNames) => (names = numbered));

let last = performance.now();
setInterval(() => {
  const now = performance.now();
  // A machine that slept, or a process that was stopped, wasn't blocked meanwhile.
  const elapsedMs = Math.min(now - last, 2 * ROUND_MS);
  last = now;
  const callback = running[CALLBACK]!;
  slowSteps.round(callback, running[STEPS]!, elapsedMs, stalls.isSaid);
  stalls.round(callback, elapsedMs);
  standardError.flush();
  const why = starterWatch?.goneBecause;
  if (why !== undefined) orphaned(why, now);
  killInMs -= elapsedMs;
  if (killInMs <= 0 || (killInMs <= LAST_LINE_MS && standardError.isIdle)) process.kill(process.pid, "SIGKILL");
}, ROUND_MS);

/** By the clock: on a busy machine rounds come late, and by now no one would miss a process that slept. */
function orphaned(why: string, now: number): void {
  if (orphanedAt === undefined) {
    orphanedAt = now;
    report({ kind: "orphaned", why });
    return;
  }
  if (now - orphanedAt < ORPHAN_MS || killInMs <= LAST_LINE_MS) return;
  kill({ level: "error", message: `The modules didn't stop after ${why}: killing the process` });
}

/** Kills the process once everything has been written. */
function kill(line: Line): void {
  write(line);
  killInMs = Math.min(killInMs, LAST_LINE_MS);
}
