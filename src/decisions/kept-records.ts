import { lstat, readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ifThere } from "../errors/if-there.js";
import { rotatedName, rotatedSince, type RecordFile } from "./record-file.js";

/** A file of records that is full. */
export interface FullFile {
  readonly path: string;
  /** When its first record was written, in milliseconds since the epoch. */
  readonly since: number;
  /** In bytes. */
  readonly size: number;
  /** When it was last written to, in milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** How much is kept. */
export interface Retention {
  /** For how long, in milliseconds. */
  readonly retainMs: number;
  /** In all, in bytes. */
  readonly maxBytes: number;
}

/** What is kept is deleted by file, of which there are at least so many. */
const PARTS = 8;

/** What a full file is called while it's written anew, behind its name. */
export const REWRITTEN = ".new";
/** Behind the name of the record: from now on, the files that were written anew are its files. */
export const TOGETHER = ".rewritten";

/** The full files beside a file of records, the oldest first. Links and the like are left alone. */
export async function fullFiles(path: string): Promise<FullFile[]> {
  const files = await filesBeside(path, (name) => rotatedSince(path, name));
  if (!(await isReplacing(path))) return files;
  const rewritten = new Map((await rewrittenFiles(path)).map((file) => [file.since, file]));
  return files.map((file) => rewritten.get(file.since) ?? file);
}

/** Whether the files that were written anew are the files of the record, also where they aren't in their places yet. */
export async function isReplacing(path: string): Promise<boolean> {
  return (await lstat(path + TOGETHER).catch(() => undefined)) !== undefined;
}

/** Those that were written anew, or are being. */
export function rewrittenFiles(path: string): Promise<FullFile[]> {
  return filesBeside(path, (name) =>
    name.endsWith(REWRITTEN) ? rotatedSince(path, name.slice(0, -REWRITTEN.length)) : undefined,
  );
}

async function filesBeside(path: string, sinceOf: (name: string) => number | undefined): Promise<FullFile[]> {
  const folder = dirname(resolve(path));
  const names = (await ifThere(readdir(folder))) ?? [];
  const files = await Promise.all(
    names.map(async (name): Promise<FullFile | undefined> => {
      const since = sinceOf(name);
      if (since === undefined) return undefined;
      const stats = await lstat(join(folder, name)).catch(() => undefined);
      return stats?.isFile()
        ? { path: join(folder, name), since, size: stats.size, writtenAt: stats.mtimeMs }
        : undefined;
    }),
  );
  return files.filter((file) => file !== undefined).toSorted((one, other) => one.since - other.since);
}

/** Whether a file is to be closed, so that it can be deleted by itself later. */
export function isFull(
  { size, since }: Pick<RecordFile, "size" | "since">,
  retention: Retention,
  now: number,
): boolean {
  if (since === undefined) return false;
  return size >= retention.maxBytes / PARTS || now - since >= retention.retainMs / PARTS;
}

/** Closes a file under a name that says when it began. */
export async function setAside(path: string, file: RecordFile): Promise<void> {
  await file.rotate(await freeName(path, file.since ?? 0));
}

/** A name for a file that is full, which no other has. @param since when it began */
export async function freeName(path: string, since: number): Promise<string> {
  const taken = new Set((await fullFiles(path)).map((full) => full.since));
  let free = since;
  while (taken.has(free)) free++;
  return rotatedName(path, free);
}

/**
 * Deletes what is older than it may be, and the oldest of what is too much.
 *
 * @param currentSize of the file that is written to, in bytes
 * @param now what ages are counted to, in milliseconds since the epoch
 */
export async function deleteOld(
  path: string,
  currentSize: number,
  { retainMs, maxBytes }: Retention,
  now: number,
): Promise<void> {
  // What is being written anew, or is left of that, has records of the file beside it: they are counted once, and go with it.
  const files = [...(await filesBeside(path, (name) => rotatedSince(path, name))), ...(await rewrittenFiles(path))];
  const sizes = new Map<number, number>();
  for (const { since, size } of files) sizes.set(since, Math.max(size, sizes.get(since) ?? 0));
  let total = [...sizes.values()].reduce((sum, size) => sum + size, currentSize);
  for (const [since, size] of [...sizes].toSorted(([one], [other]) => one - other)) {
    if (total <= maxBytes && now - since <= retainMs) continue;
    for (const file of files) {
      // `ligand decisions forget` may have been faster.
      if (file.since === since) await rm(file.path, { force: true });
    }
    total -= size;
  }
}
