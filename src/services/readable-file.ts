import { open } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { ReadableFile } from "../matrix/records.js";

const CHUNK_BYTES = 16 * 1024;

/** A {@link ReadableFile} over a file on disk. Errors of the file system reject {@link ReadableFile.writeChunksTo}. */
export function readableFile(path: string): ReadableFile {
  return {
    path,
    async writeChunksTo(write) {
      await using file = await open(path);
      const buffer = new Uint8Array(CHUNK_BYTES);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
        if (bytesRead === 0) return;
        write(buffer.slice(0, bytesRead));
        // A large file must not keep the process from its other work.
        await setImmediate();
      }
    },
  };
}
