import type { Readable } from "node:stream";
import type { Logger } from "winston";
import { LOG_LEVELS } from "../../logging/log-levels.js";
import { LINE_BYTES, readBoundedLines } from "./bounded-lines.js";
import type { LogEntry } from "./module-levels.js";
import { OutputLimit } from "./output-limit.js";

/** How many of the last lines are remembered, and how much of each. */
const LAST_LINES = 20;
const LINE_LENGTH = 500;

const LEVELS: ReadonlySet<string> = new Set(LOG_LEVELS);

/**
 * Relays what a process of modules writes: its log lines unchanged, everything else (Node itself, printing modules) as
 * warnings. Long lines are truncated, and what exceeds the log's limit is dropped; both are logged.
 *
 * @param modules how the log names them, such as `isolated modules`
 * @param write writes a line of their log
 * @param secondMs as in {@link OutputLimit}.
 * @returns the last lines that aren't from the log: why a process didn't start is among them. It keeps changing.
 */
export function relayLog(
  output: Readable,
  logger: Logger,
  modules: string,
  write: (entry: LogEntry) => void,
  secondMs?: number,
): readonly string[] {
  const last: string[] = [];
  const limit = new OutputLimit((lines, bytes) => {
    logger.warn(`Dropped ${lines} lines (${bytes} bytes) of ${modules}: they wrote too much within a second`);
  }, secondMs);
  readBoundedLines(output, ({ text, leftOut }) => {
    // A log entry is a JSON object. Trying to parse anything else costs as much as a hundred lines do, and this process has
    // other work.
    const mayBeEntry = leftOut === 0 && text.startsWith("{");
    const mayWrite = limit.lets(Buffer.byteLength(text));
    const entry = mayBeEntry && mayWrite ? logEntry(text) : undefined;
    if (entry) return write(entry);
    if (mayBeEntry && !mayWrite) return;
    // Said first: the log may cut what is long, too.
    const what = leftOut === 0 ? "" : ` a line of ${LINE_BYTES + leftOut} bytes, of which ${LINE_BYTES} are kept`;
    if (mayWrite) logger.warn(`${modules} wrote${what}: ${text}`);
    last.push(text.slice(0, LINE_LENGTH));
    if (last.length > LAST_LINES) last.shift();
  });
  output.once("close", () => limit.end());
  // Its end is the end of the process, which is reported separately.
  output.on("error", () => undefined);
  return last;
}

/** A line of the process's own logger; undefined for JSON of another, whose levels this one may not have. */
function logEntry(line: string): LogEntry | undefined {
  try {
    const { timestamp: _, ...entry } = JSON.parse(line) as LogEntry & { timestamp: string };
    const { level, message, module = "" } = entry;
    const isOwn = LEVELS.has(level) && typeof message === "string" && typeof module === "string";
    return isOwn ? entry : undefined;
  } catch {
    return undefined;
  }
}
