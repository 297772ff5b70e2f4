import type { Readable } from "node:stream";
import { createInterface } from "node:readline";
import type { Logger } from "winston";

/** How many of the last lines are remembered, and how much of each. */
const LAST_LINES = 20;
const LINE_LENGTH = 500;

/**
 * Passes on what a process of modules writes: the lines of its log as they are, everything else (Node itself, modules
 * that print) as warnings.
 *
 * @returns the last lines that were none of the log: why a process did not start is among them. It goes on to change.
 */
export function relayLog(output: Readable, logger: Logger): readonly string[] {
  const last: string[] = [];
  createInterface({ input: output }).on("line", (line) => {
    const entry = logEntry(line);
    if (entry) return void logger.log(entry);
    logger.warn(`isolated modules wrote: ${line}`);
    last.push(line.slice(0, LINE_LENGTH));
    if (last.length > LAST_LINES) last.shift();
  });
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
