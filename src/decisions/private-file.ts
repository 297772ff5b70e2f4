import { constants, type Stats } from "node:fs";
import { access, lstat, mkdir, open, readdir, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LigandError } from "../errors/ligand-error.js";

const { O_NOFOLLOW, O_NONBLOCK } = constants;
/** What others than the owner may do. */
const OTHERS = 0o077;

/** Whether there is a file of that name that this process can find. */
export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Opens a file that only its owner may read: a regular one, which isn't reached through a link. A FIFO would block, and a link
 * may lead to another user's file.
 *
 * @param what the file is, for messages
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE`
 */
export async function openPrivate(path: string, flags: number, what: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (cause) {
    throw (await unusable(path, what)) ?? cause;
  }
  const fault = faultOf(await handle.stat(), path, what);
  if (!fault) return handle;
  await handle.close();
  throw fault;
}

/**
 * Makes a folder that only its owner may look into, if there is none.
 *
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` if others may.
 */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const stats = await lstat(path);
  if (!stats.isDirectory()) {
    throw new LigandError("LIGAND_RECORD_UNUSABLE", `${path} is ${kindOf(stats)}, and no folder for decisions`, {
      remedy: "Name a file in a folder of its own.",
    });
  }
  if (isOpenToOthers(stats)) {
    throw new LigandError(
      "LIGAND_RECORD_UNUSABLE",
      `other users may look into ${path}, where decisions would be recorded`,
      { remedy: await remedyOf(path) },
    );
  }
}

/** What is kept in a folder may be for others, as in /tmp: it must stay open to them. */
async function remedyOf(path: string): Promise<string> {
  const names = await readdir(path).catch(() => [path]);
  return names.length > 0
    ? `Record into a folder of its own, such as ${join(path, "decisions")}.`
    : `Record into a folder of its own, or run \`chmod 700 ${path}\`.`;
}

/** Why a file can't be opened, if it's for what it is. */
async function unusable(path: string, what: string): Promise<LigandError | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  return stats && faultOf(stats, path, what);
}

function faultOf(stats: Stats, path: string, what: string): LigandError | undefined {
  if (!stats.isFile()) {
    return new LigandError("LIGAND_RECORD_UNUSABLE", `${what} ${path} is ${kindOf(stats)}; expected a regular file`, {
      remedy: isDispensable(stats) ? "Name another file, or remove this one." : "Name another file.",
    });
  }
  if (isOpenToOthers(stats)) {
    return new LigandError("LIGAND_RECORD_UNUSABLE", `other users may read ${what} ${path}`, {
      remedy: `Run \`chmod 600 ${path}\`${what.includes("key") ? ", or remove it: a user who has read it can tell whom the records are about" : ""}.`,
    });
  }
  return undefined;
}

/** Folders and devices are what others need. */
function isDispensable(stats: Stats): boolean {
  return stats.isSymbolicLink() || stats.isFIFO() || stats.isSocket();
}

/** Windows has no such modes. */
function isOpenToOthers({ mode }: Stats): boolean {
  return process.platform !== "win32" && (mode & OTHERS) !== 0;
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a FIFO";
  if (stats.isSocket()) return "a socket";
  return stats.isFile() ? "a file" : "a device";
}
