import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterPromises } from "./after-promises.js";

/**
 * What a process of modules notes for its parent, in a shared file of a few kilobytes: that its event loop runs, which
 * callback runs, and which callbacks are pending. A blocked process answers no question, but its notes can be read; a write
 * takes less than a microsecond.
 *
 * | byte       | holds                                                                                   |
 * | ---------- | --------------------------------------------------------------------------------------- |
 * | 0–3        | how often the event loop got around to writing here                                     |
 * | 4          | 1 while a debugger may have paused the process                                          |
 * | 8–13       | its resident memory, in bytes                                                           |
 * | 256 × slot | 1 while its callback runs, 2 while it's pending, 0; the length of its text; its call; the text |
 *
 * A callback counts as running until the promises that it set off have been followed up. What it is then is written only if
 * it's pending: the parent knows which calls were answered, and the next callback of the same call takes the slot. The file
 * is this descriptor of the child.
 */
export const MARKS_FD = 5;
/** How often a process notes that its event loop runs, and how often its parent looks, in milliseconds. */
export const BEAT_MS = 100;

const SLOT_BYTES = 256;
const SLOTS = 64;
/** Taken by a callback that runs while all others are taken; once it's pending, it isn't noted. */
const LAST_RESORT = 1;
const HEAD_BYTES = 14;
const RESIDENT_AT = 8;
const RESIDENT_BYTES = 6;
/** How many pending callbacks can be noted; of more, only the first. */
export const MOST_PENDING = SLOTS - LAST_RESORT - 1;
const DEBUGGED_AT = 4;
const CALL_AT = 4;
const CALL_BYTES = 6;
const TEXT_AT = CALL_AT + CALL_BYTES;

/** What a slot is, as its first byte. */
const FREE = 0;
const RUNS = 1;
const IS_PENDING = 2;

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
  readonly #state = Buffer.alloc(1);
  readonly #free = Array.from({ length: MOST_PENDING }, (_, index) => SLOTS - 1 - index);
  /** The slot whose callback runs, as the file has it; undefined if none does. */
  #running: number | undefined;
  /** Whether that callback has settled. */
  #hasSettled = false;
  #isPlanned = false;
  readonly #followed = () => this.#follow();

  /** @param fd of the file, open for writing. */
  constructor(private readonly fd: number) {}

  /** The event loop runs. @param residentBytes the memory that the process takes */
  beat(isDebugged: boolean, residentBytes: number): void {
    this.#head.writeUInt32LE(++this.#beats % 2 ** 32, 0);
    this.#head[DEBUGGED_AT] = isDebugged ? 1 : 0;
    this.#head.writeUIntLE(residentBytes, RESIDENT_AT, RESIDENT_BYTES);
    writeSync(this.fd, this.#head, 0, this.#head.length, 0);
  }

  /**
   * A callback is being called.
   *
   * @param call of the parent, by its number
   * @returns the number by which it is {@link settled}
   */
  enter(callback: Buffer, requestId: string | undefined, call: number): number {
    const slot = this.#free.pop() ?? LAST_RESORT;
    if (this.#running !== slot) this.leave();
    this.#write(slot, callback, requestId, call);
    this.#running = slot;
    this.#hasSettled = false;
    if (!this.#isPlanned) afterPromises(this.#followed);
    this.#isPlanned = true;
    return slot;
  }

  /** A callback has answered or failed: by now, or its promise. */
  settled(slot: number): void {
    if (slot === this.#running) this.#hasSettled = true;
    else if (slot !== LAST_RESORT) this.#note(slot, FREE);
    if (slot !== LAST_RESORT) this.#free.push(slot);
  }

  /** The promises have been followed up that the callback set off which ran last. */
  #follow(): void {
    this.#isPlanned = false;
    if (!this.#hasSettled || this.#running === LAST_RESORT) this.leave();
  }

  /** Writes what the callback is that ran last: from now on something else runs, perhaps before the answer is sent. */
  leave(): void {
    if (this.#running === undefined) return;
    this.#note(this.#running, this.#hasSettled || this.#running === LAST_RESORT ? FREE : IS_PENDING);
    this.#running = undefined;
  }

  #note(slot: number, state: number): void {
    this.#state[0] = state;
    writeSync(this.fd, this.#state, 0, 1, slot * SLOT_BYTES);
  }

  #write(slot: number, callback: Buffer, requestId = "", call: number): void {
    const text = this.#slot;
    let end = TEXT_AT + callback.copy(text, TEXT_AT, 0, SLOT_BYTES - TEXT_AT);
    end += text.write(requestId, end, "utf8");
    text[0] = RUNS;
    text.writeUInt16LE(end - TEXT_AT, 2);
    text.writeUIntLE(call, CALL_AT, CALL_BYTES);
    writeSync(this.fd, text, 0, end, slot * SLOT_BYTES);
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
      isDebugged: this.#head[DEBUGGED_AT] === 1,
      residentBytes: this.#head.readUIntLE(RESIDENT_AT, RESIDENT_BYTES),
    };
  }

  /**
   * The running callback, and those whose promises are pending.
   *
   * @param isAwaited whether a call hasn't been answered yet, by its number
   */
  calls(isAwaited: (call: number) => boolean): {
    readonly running: MarkedCall | undefined;
    readonly pending: readonly MarkedCall[];
  } {
    const all = Buffer.alloc(SLOTS * SLOT_BYTES);
    readSync(this.fd, all, 0, all.length, 0);
    const slots = Array.from({ length: SLOTS - LAST_RESORT }, (_, index) => LAST_RESORT + index);
    const inState = (state: number) => slots.filter((slot) => all[slot * SLOT_BYTES] === state);
    const running = inState(RUNS).find((slot) => isAwaited(all.readUIntLE(slot * SLOT_BYTES + CALL_AT, CALL_BYTES)));
    return {
      running: running === undefined ? undefined : callIn(all, running),
      pending: inState(IS_PENDING).map((slot) => callIn(all, slot)),
    };
  }

  close(): void {
    closeSync(this.fd);
  }
}

function callIn(all: Buffer, slot: number): MarkedCall {
  const start = slot * SLOT_BYTES;
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
