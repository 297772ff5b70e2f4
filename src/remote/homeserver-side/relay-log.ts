import type { Readable } from "node:stream";
import type { Logger } from "winston";
import { LINE_BYTES, readBoundedLines } from "./bounded-lines.js";
import { OutputLimit } from "./output-limit.js";

/** How many of the last lines are remembered, and how much of each. */
const LAST_LINES = 20;
const LINE_LENGTH = 500;

/**
 * Passes on what a process of modules writes: the lines of its log as they are, everything else (Node itself, modules
 * that print) as warnings. Long lines are cut, and what is more than a log can take is left out; both are said.
 *
 * @param secondMs as in {@link OutputLimit}.
 * @returns the last lines that were none of the log: why a process did not start is among them. It goes on to change.
 */
export function relayLog(output: Readable, logger: Logger, secondMs?: number): readonly string[] {
  const last: string[] = [];
  const limit = new OutputLimit((lines, bytes) => {
    logger.warn(`Left out ${lines} lines (${bytes} bytes) of isolated modules: they wrote too much within a second`);
  }, secondMs);
  readBoundedLines(output, ({ text, leftOut }) => {
    // An entry of the log is an object of JSON. To try to read anything else costs as much as a hundred lines do, and this
    // process has other work.
    const mayBeEntry = leftOut === 0 && text.startsWith("{");
    const mayWrite = limit.lets(Buffer.byteLength(text));
    const entry = mayBeEntry && mayWrite ? logEntry(text) : undefined;
    if (entry) return void logger.log(entry);
    if (mayBeEntry && !mayWrite) return;
    // Said first: the log may cut what is long, too.
    const what = leftOut === 0 ? "" : ` a line of ${LINE_BYTES + leftOut} bytes, of which ${LINE_BYTES} are kept`;
    if (mayWrite) logger.warn(`isolated modules wrote${what}: ${text}`);
    last.push(text.slice(0, LINE_LENGTH));
    if (last.length > LAST_LINES) last.shift();
  });
  output.once("close", () => limit.end());
  // Its end is that of the process, which is reported by itself.
  output.on("error", () => undefined);
  return last;
}

function logEntry(line: string): { level: string; message: string } | undefined {
  try {
    const { timestamp: _, ...entry } = JSON.parse(line) as { timestamp: string; level: string; message: string };
    return typeof entry.level === "string" && typeof entry.message === "string" ? entry : undefined;
  } catch {
    return undefined;
  }
}
