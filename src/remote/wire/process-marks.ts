import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What a process of modules notes for its parent, in a shared file of a few kilobytes: that its event loop runs, which
 * callback runs, and which callbacks are pending. A blocked process answers no question, but its notes can be read; a write
 * takes less than a microsecond.
 *
 * | byte       | holds                                                                                |
 * | ---------- | ------------------------------------------------------------------------------------ |
 * | 0–3        | how often the event loop got around to writing here                                  |
 * | 4          | 1 while a debugger may have paused the process                                       |
 * | 8–13       | its resident memory, in bytes                                                        |
 * | 256 × slot | 1 while the slot is taken, 0; the length of its text (2 bytes); the text             |
 *
 * Slot 1 is the running callback; the others are those whose promises are pending. The file is this descriptor of the
 * child.
 */
export const MARKS_FD = 5;
/** How often a process notes that its event loop runs, and how often its parent looks, in milliseconds. */
export const BEAT_MS = 100;

const SLOT_BYTES = 256;
const SLOTS = 64;
const RUNNING = 1;
const HEAD_BYTES = 14;
const RESIDENT_AT = 8;
const RESIDENT_BYTES = 6;
/** How many pending callbacks can be noted; of more, only the first. */
export const MOST_PENDING = SLOTS - RUNNING - 1;
const TEXT_AT = 4;

/** A running or pending callback. */
export interface MarkedCall {
  /** The id of the module. */
  readonly module: string;
  /** `Class.method`. */
  readonly callback: string;
  /** `Category.hook`. */
  readonly hook: string;
  readonly requestId?: string;
}

/** Which callback it is, as far as known before it's called. */
export type MarkedCallback = Omit<MarkedCall, "requestId">;

/** Writes the notes of this process. */
export class MarksWriter {
  #beats = 0;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  readonly #slot = Buffer.alloc(SLOT_BYTES);
  readonly #free = Array.from({ length: MOST_PENDING }, (_, index) => SLOTS - 1 - index);
  static readonly #EMPTY = Buffer.alloc(1);

  /** @param fd of the file, open for writing. */
  constructor(private readonly fd: number) {}

  /** The event loop runs. @param residentBytes the memory that the process takes */
  beat(isDebugged: boolean, residentBytes: number): void {
    this.#head.writeUInt32LE(++this.#beats % 2 ** 32, 0);
    this.#head[TEXT_AT] = isDebugged ? 1 : 0;
    this.#head.writeUIntLE(residentBytes, RESIDENT_AT, RESIDENT_BYTES);
    writeSync(this.fd, this.#head, 0, this.#head.length, 0);
  }

  /** The callback is being called. */
  enter(callback: Buffer, requestId: string | undefined): void {
    this.#write(RUNNING, callback, requestId);
  }

  /** The callback has returned or thrown. */
  leave(): void {
    this.#clear(RUNNING);
  }

  /** The promise of a callback is pending. @returns the number by which it is {@link settled}. */
  wait(callback: Buffer, requestId: string | undefined): number | undefined {
    const slot = this.#free.pop();
    if (slot !== undefined) this.#write(slot, callback, requestId);
    return slot;
  }

  settled(slot: number | undefined): void {
    if (slot === undefined) return;
    this.#clear(slot);
    this.#free.push(slot);
  }

  #write(slot: number, callback: Buffer, requestId = ""): void {
    const text = this.#slot;
    let end = TEXT_AT + callback.copy(text, TEXT_AT, 0, SLOT_BYTES - TEXT_AT);
    end += text.write(requestId, end, "utf8");
    text[0] = 1;
    text.writeUInt16LE(end - TEXT_AT, 2);
    writeSync(this.fd, text, 0, end, slot * SLOT_BYTES);
  }

  #clear(slot: number): void {
    writeSync(this.fd, MarksWriter.#EMPTY, 0, 1, slot * SLOT_BYTES);
  }
}

/** A callback as {@link MarksWriter} writes it: made once, not for each call. */
export function markOf({ module, callback, hook }: MarkedCallback): Buffer {
  return Buffer.from(`${module}\0${callback}\0${hook}\0`);
}

/** The notes of a child process. */
export class MarksFile {
  /** The child inherits it. */
  readonly fd: number;
  readonly #head = Buffer.alloc(HEAD_BYTES);

  constructor() {
    this.fd = openInMemory();
  }

  /** How often the child's event loop got around to writing, whether a debugger may have paused it, and its memory. */
  head(): { readonly beats: number; readonly isDebugged: boolean; readonly residentBytes: number } {
    readSync(this.fd, this.#head, 0, this.#head.length, 0);
    return {
      beats: this.#head.readUInt32LE(0),
      isDebugged: this.#head[TEXT_AT] === 1,
      residentBytes: this.#head.readUIntLE(RESIDENT_AT, RESIDENT_BYTES),
    };
  }

  /** The running callback, and those whose promises are pending. */
  calls(): { readonly running: MarkedCall | undefined; readonly pending: readonly MarkedCall[] } {
    const all = Buffer.alloc(SLOTS * SLOT_BYTES);
    readSync(this.fd, all, 0, all.length, 0);
    const [running, ...pending] = Array.from({ length: SLOTS - RUNNING }, (_, index) => callIn(all, RUNNING + index));
    return { running, pending: pending.filter((call) => call !== undefined) };
  }

  close(): void {
    closeSync(this.fd);
  }
}

function callIn(all: Buffer, slot: number): MarkedCall | undefined {
  const start = slot * SLOT_BYTES;
  if (all[start] !== 1) return undefined;
  const text = all.toString("utf8", start + TEXT_AT, start + TEXT_AT + all.readUInt16LE(start + 2));
  const [module = "", callback = "", hook = "", requestId = ""] = text.split("\0");
  return { module, callback, hook, ...(requestId !== "" && { requestId }) };
}

/** A new file that no one else can open, in memory if the system supports it: a write there never waits for a disk. */
function openInMemory(): number {
  try {
    return openIn("/dev/shm");
  } catch {
    // Not every system has it, and it may be full or closed to us.
    return openIn(tmpdir());
  }
}

function openIn(folder: string): number {
  const path = join(folder, `ligand-${randomUUID()}`);
  const fd = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  try {
    // Allocates all of it now, so that no later note fails for lack of space.
    writeSync(fd, Buffer.alloc(SLOTS * SLOT_BYTES));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
