import type { Readable } from "node:stream";

/** How much of a line is kept, in bytes; the rest is counted and dropped. */
export const LINE_BYTES = 64 * 1024;

/** A line of output, cut at {@link LINE_BYTES}. */
export interface BoundedLine {
  readonly text: string;
  /** How many bytes of the line are missing in `text`. */
  readonly leftOut: number;
}

const LINE_FEED = 0x0a;

/**
 * Calls `onLine` with each line of an output of any length, keeping at most {@link LINE_BYTES} of a line in memory.
 * `node:readline` keeps whole lines, and throws where it can't be caught at half a gigabyte.
 */
export function readBoundedLines(output: Readable, onLine: (line: BoundedLine) => void): void {
  let parts: Buffer[] = [];
  let kept = 0;
  let leftOut = 0;
  const take = (bytes: Buffer) => {
    const room = LINE_BYTES - kept;
    leftOut += Math.max(bytes.length - room, 0);
    // A copy: otherwise the short rest of a chunk would keep all of it in memory.
    if (room > 0) parts.push(Buffer.from(bytes.subarray(0, room)));
    kept += Math.min(bytes.length, room);
  };
  const end = () => {
    const text = withoutReturn(Buffer.concat(parts, kept).toString("utf8"));
    const line = { text: leftOut > 0 ? text.replace(/\uFFFD+$/, "") : text, leftOut };
    parts = [];
    kept = leftOut = 0;
    onLine(line);
  };
  output.on("data", (chunk: Buffer) => {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to >= 0; to = chunk.indexOf(LINE_FEED, from)) {
      // Most lines are short and arrive whole: a million of them must not block this process.
      if (kept === 0 && to - from <= LINE_BYTES) {
        onLine({ text: withoutReturn(chunk.toString("utf8", from, to)), leftOut: 0 });
      } else {
        take(chunk.subarray(from, to));
        end();
      }
      from = to + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  });
  output.on("end", () => {
    if (kept > 0) end();
  });
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
