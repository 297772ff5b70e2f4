import { constants } from "node:fs";
import { lstat, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ifThere } from "../errors/if-there.js";
import { isReplacing, rewrittenFiles, REWRITTEN, TOGETHER } from "./kept-records.js";
import { openPrivate } from "./private-file.js";

/**
 * Puts all files that were written anew in the place of those of before. Once it has begun, a mark beside the record says so:
 * readers take the new ones, and if this process is killed, the next one that writes goes on.
 */
export async function replaceTogether(path: string): Promise<void> {
  const { O_WRONLY, O_CREAT } = constants;
  const mark = await openPrivate(path + TOGETHER, O_WRONLY | O_CREAT, "the mark");
  await mark.sync();
  await mark.close();
  await syncFolder(path);
  await finishReplacing(path);
}

/** Goes on with what a process that was killed had begun. */
export async function finishReplacing(path: string): Promise<void> {
  if (!(await isReplacing(path))) return;
  for (const file of await rewrittenFiles(path)) await replace(file.path, file.size);
  await syncFolder(path);
  await rm(path + TOGETHER, { force: true });
}

/** Another process may do the same. */
async function replace(next: string, size: number): Promise<void> {
  const before = next.slice(0, -REWRITTEN.length);
  // What is too old has been deleted meanwhile, and stays deleted.
  const isGone = !(await lstat(before).catch(() => undefined));
  if (isGone || size === 0) {
    await rm(before, { force: true });
    await rm(next, { force: true });
  } else {
    await ifThere(rename(next, before));
  }
}

/** Until then, a crash of the machine may undo what was done to names. */
async function syncFolder(path: string): Promise<void> {
  // Windows syncs no folders.
  if (process.platform === "win32") return;
  const folder = await open(dirname(resolve(path)), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
