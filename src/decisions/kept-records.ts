import { lstat, readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { rotatedName, rotatedSince, type RecordFile } from "./record-file.js";

/** A file of records that is full. */
export interface FullFile {
  readonly path: string;
  /** When its first record was written, in milliseconds since the epoch. */
  readonly since: number;
  /** In bytes. */
  readonly size: number;
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

/** The full files beside a file of records, the oldest first. Links and the like are left alone. */
export function fullFiles(path: string): Promise<FullFile[]> {
  return filesBeside(path, (name) => rotatedSince(path, name));
}

/** With what is left of a rewriting whose process was killed: it has records like the others. */
function allFiles(path: string): Promise<FullFile[]> {
  return filesBeside(path, (name) =>
    rotatedSince(path, name.endsWith(REWRITTEN) ? name.slice(0, -REWRITTEN.length) : name),
  );
}

async function filesBeside(path: string, sinceOf: (name: string) => number | undefined): Promise<FullFile[]> {
  const folder = dirname(resolve(path));
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = await Promise.all(
    names.map(async (name): Promise<FullFile | undefined> => {
      const since = sinceOf(name);
      if (since === undefined) return undefined;
      const stats = await lstat(join(folder, name)).catch(() => undefined);
      return stats?.isFile() ? { path: join(folder, name), since, size: stats.size } : undefined;
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
  let since = file.since ?? 0;
  const taken = new Set((await fullFiles(path)).map((full) => full.since));
  while (taken.has(since)) since++;
  await file.rotate(rotatedName(path, since));
}

/**
 * Deletes what is older than it may be, and the oldest of what is too much.
 *
 * @param currentSize of the file that is written to, in bytes
 * @param byAge false while the clock isn't trusted
 */
export async function deleteOld(
  path: string,
  currentSize: number,
  { retainMs, maxBytes }: Retention,
  now: number,
  byAge: boolean,
): Promise<void> {
  const files = await allFiles(path);
  let total = files.reduce((sum, { size }) => sum + size, currentSize);
  for (const { path: file, since, size } of files) {
    if (total <= maxBytes && !(byAge && now - since > retainMs)) continue;
    // `ligand decisions forget` may have been faster.
    await rm(file, { force: true });
    total -= size;
  }
}
