import { constants, type Stats } from "node:fs";
import { lstat, rename, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ifThere } from "../errors/if-there.js";
import { LigandError } from "../errors/ligand-error.js";
import { openPrivate, privateFolder } from "./private-file.js";

/** No record has a longer line, in bytes. */
export const LONGEST_LINE = 64 * 1024;

/**
 * A file that lines are added to. What was cut when a process ended in the middle of a line, or when the disk was full, is
 * removed before the next line.
 */
export class RecordFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  /** Up to where the file has whole lines, in bytes. */
  #size = 0;
  /** When its first line was written, in milliseconds since the epoch. */
  #since: number | undefined;
  #writtenAt: number | undefined;

  constructor(path: string) {
    this.#path = resolve(path);
  }

  get size(): number {
    return this.#size;
  }

  /** When it was last written to before it was opened, in milliseconds since the epoch; undefined if it has no lines. */
  get writtenAt(): number | undefined {
    return this.#writtenAt;
  }

  get since(): number | undefined {
    return this.#since;
  }

  /** @throws {LigandError} `LIGAND_RECORD_UNUSABLE` */
  async open(): Promise<void> {
    try {
      await privateFolder(dirname(this.#path));
      const { O_RDWR, O_CREAT, O_APPEND } = constants;
      this.#handle = await openPrivate(this.#path, O_RDWR | O_CREAT | O_APPEND, "the record");
      const stats = await this.#handle.stat();
      const { size } = stats;
      this.#size = await wholeLines(this.#handle, size);
      if (this.#size < size) await this.#handle.truncate(this.#size);
      if (this.#size === 0) return;
      this.#since = beganAt(stats);
      this.#writtenAt = stats.mtimeMs;
    } catch (cause) {
      await this.close();
      if (cause instanceof LigandError) throw cause;
      throw new LigandError("LIGAND_RECORD_UNUSABLE", `decisions can't be recorded to ${this.#path}`, {
        cause,
        remedy: "Name a file that this process may write.",
      });
    }
  }

  /** Adds whole lines. If that fails, the file has none of them. */
  async add(lines: string, now: number): Promise<void> {
    if (!this.#handle || !(await this.#isThere())) {
      await this.close();
      await this.open();
    }
    const handle = this.#handle!;
    const bytes = Buffer.from(lines);
    try {
      for (let written = 0; written < bytes.length;) {
        written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten;
      }
    } catch (error) {
      await handle.truncate(this.#size).catch(() => undefined);
      throw error;
    }
    this.#size += bytes.length;
    this.#since ??= now;
  }

  /** Gives the file another name; the next line begins a new one. */
  async rotate(name: string): Promise<void> {
    await this.close();
    // `ligand decisions forget` may have been faster.
    await ifThere(rename(this.#path, join(dirname(this.#path), name)));
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#size = 0;
    this.#since = undefined;
    await handle?.close();
  }

  /** Whether the name still stands for the file that is open: `ligand decisions forget` takes files away. */
  async #isThere(): Promise<boolean> {
    const [open, named] = await Promise.all([this.#handle!.stat(), lstat(this.#path).catch(() => undefined)]);
    return named !== undefined && named.ino === open.ino && named.dev === open.dev;
  }
}

/** When a file of records began, in milliseconds since the epoch. Not all file systems know. */
export function beganAt({ birthtimeMs, mtimeMs }: Stats): number {
  return Math.floor(Math.min(birthtimeMs || mtimeMs, mtimeMs));
}

/** Where the last whole line ends. */
async function wholeLines(handle: FileHandle, size: number): Promise<number> {
  const start = Math.max(0, size - LONGEST_LINE - 1);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
  const newline = buffer.subarray(0, bytesRead).lastIndexOf(0x0a);
  // Something else wrote such a line: it isn't ours to remove.
  return newline < 0 && start > 0 ? size : start + newline + 1;
}

/** The name of a file that is full, by when it began. */
export function rotatedName(path: string, since: number): string {
  const [name, extension] = partsOf(path);
  return `${name}.${new Date(since).toISOString().replaceAll(/[-:]/g, "")}${extension}`;
}

/** When a file that is full began, by its name; undefined for other files. */
export function rotatedSince(path: string, name: string): number | undefined {
  const [start, extension] = partsOf(path);
  if (!name.startsWith(`${start}.`) || !name.endsWith(extension)) return undefined;
  const stamp = name.slice(start.length + 1, name.length - extension.length);
  const [, date, hours, minutes, rest] = /^(\d{8})T(\d\d)(\d\d)(\d\d\.\d{3}Z)$/.exec(stamp) ?? [];
  if (date === undefined) return undefined;
  const time = Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${hours}:${minutes}:${rest}`);
  return Number.isNaN(time) ? undefined : time;
}

function partsOf(path: string): [name: string, extension: string] {
  const name = basename(path);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
}
