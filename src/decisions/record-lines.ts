import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { LigandError } from "../errors/ligand-error.js";

/** A line of a record. */
export interface RecordLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Absent where the line is longer than any decision. */
  readonly text?: string;
  /** Nothing follows, and the line doesn't end: the process that wrote it was killed. */
  readonly isCut?: true;
}

/** A decision has at most 64 KiB; nothing longer is kept in memory. */
const LONGEST = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The lines of the files of a record, one after the other, as many together as were read together: waiting for each by itself
 * takes as long as parsing it. Whatever the size of a file, a part of it is in memory.
 *
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` for what isn't a file, or can't be read.
 */
export async function* linesOf(files: readonly string[]): AsyncGenerator<readonly RecordLine[]> {
  for (const file of files) yield* linesOfFile(file);
}

async function* linesOfFile(file: string): AsyncGenerator<readonly RecordLine[]> {
  let line = 0;
  let held: Buffer[] = [];
  let length = 0;
  const take = (end: Buffer, isCut?: true): RecordLine => {
    const isTooLong = length + end.length > LONGEST;
    const text = isTooLong ? undefined : (held.length > 0 ? Buffer.concat([...held, end]) : end).toString("utf8");
    held = [];
    length = 0;
    return { file, line: ++line, ...(text !== undefined && { text }), ...(isCut && { isCut }) };
  };
  for await (const chunk of chunksOf(file)) {
    const lines: RecordLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(take(chunk.subarray(start, end)));
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    length += rest.length;
    if (length <= LONGEST) held.push(rest);
    else held = [];
    if (lines.length > 0) yield lines;
  }
  if (length > 0) yield [take(Buffer.alloc(0), true)];
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  try {
    // Opening a pipe would wait for a writer.
    if (!(await stat(file)).isFile()) throw new Error("it isn't a file");
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) yield chunk as Buffer;
  } catch (cause) {
    throw new LigandError("LIGAND_RECORD_UNUSABLE", `${file} can't be read`, {
      cause,
      remedy: "Name the file that decisions were recorded to; this process must be able to read it.",
    });
  }
}
