import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { LigandError } from "../errors/ligand-error.js";
import type { ReadableFile } from "../matrix/records.js";

const CHUNK_BYTES = 16 * 1024;

/** Where a file is opened and read. */
interface Machine {
  readonly openFile: (path: string) => Promise<FileHandle>;
  /** Resolves in a later turn of the event loop. */
  readonly nextTurn: () => Promise<void>;
}

/**
 * Opens a file for reading. Refuses everything but regular files: opening a pipe waits for a writer, and a few of those
 * would keep Node from opening any other file.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for anything but a regular file; otherwise what the file system throws.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  // Absent on Windows, where there's nothing to guard against.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if ((await file.stat()).isFile()) return file;
    throw new LigandError("LIGAND_ARGUMENT_INVALID", `${path} isn't a regular file`, {
      remedy: "Name a regular file. Folders, pipes and devices can't be read.",
    });
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The whole of a file, as {@link openRegular} opens it. */
export async function readRegular(path: string): Promise<Buffer> {
  await using file = await openRegular(path);
  return await file.readFile();
}

/**
 * A {@link ReadableFile} over a file on disk. Errors of the file system reject {@link ReadableFile.writeChunksTo}.
 *
 * @public
 */
export function readableFile(
  path: string,
  { openFile, nextTurn }: Machine = { openFile: openRegular, nextTurn: () => setImmediate() },
): ReadableFile {
  return {
    path,
    async writeChunksTo(write) {
      await using file = await openFile(path);
      const buffer = new Uint8Array(CHUNK_BYTES);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
        if (bytesRead === 0) return;
        write(buffer.slice(0, bytesRead));
        // A large file must not block the process.
        await nextTurn();
      }
    },
  };
}
