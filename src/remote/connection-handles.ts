import { open } from "node:fs/promises";
import { LRUCache } from "lru-cache";
import type { MessageConnection } from "vscode-jsonrpc";
import { LigandError } from "../errors/ligand-error.js";
import { readableFile } from "../matrix/readable-file.js";
import type { ReadableFile } from "../matrix/records.js";
import { CallBack, ReadFile, Release } from "./protocol.js";
import { decode, encode, type Handles } from "./wire.js";
import { decodeError, encodeError } from "./wire-errors.js";

/** How many functions are kept for the other side; the least recently used are forgotten first. */
const MAX_KEPT = 10_000;
const CHUNK_BYTES = 64 * 1024;

/**
 * The functions and files that the two sides of a connection use of each other. A function is kept until it is called
 * or released: those that cross (what follows a login, the ends of a background update's slot) are called once.
 */
export class ConnectionHandles implements Handles {
  readonly #kept = new LRUCache<number, (...args: unknown[]) => unknown>({ max: MAX_KEPT });
  readonly #shared = new LRUCache<number, ReadableFile>({ max: MAX_KEPT });
  #last = 0;

  constructor(private readonly connection: MessageConnection) {
    connection.onNotification(Release, ({ id }) => void this.#kept.delete(id));
    connection.onRequest(CallBack, async ({ id, args }) => {
      try {
        const callback = this.#kept.get(id);
        if (!callback)
          throw new LigandError("LIGAND_REMOTE_PROTOCOL", `the callback ${id} was called before, or released`);
        this.#kept.delete(id);
        const given = args.map((arg) => decode(arg, this));
        const result = await callback(...given);
        return { result: encode(result, this), args: given.map((arg) => encode(arg, this)) };
      } catch (error) {
        return encodeError(error);
      }
    });
    connection.onRequest(ReadFile, async ({ id, offset }) => {
      try {
        // Only what was sent as an argument can be read: the other side names no paths.
        const path = this.#shared.get(id)?.path;
        if (!path) throw new LigandError("LIGAND_REMOTE_PROTOCOL", `the file ${id} is not shared any more`);
        await using file = await open(path);
        const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
        return buffer.subarray(0, bytesRead).toString("base64");
      } catch (error) {
        return encodeError(error);
      }
    });
  }

  keep(callback: (...args: unknown[]) => unknown): number {
    this.#kept.set(++this.#last, callback);
    return this.#last;
  }

  share(file: ReadableFile): number {
    this.#shared.set(++this.#last, file);
    return this.#last;
  }

  use(id: number): (...args: unknown[]) => Promise<unknown> {
    return async (...args) => {
      try {
        const answer = await this.connection.sendRequest(CallBack, { id, args: args.map((arg) => encode(arg, this)) });
        for (const [index, arg] of args.entries()) copyInto(arg, decode(answer.args[index] ?? null, this));
        return decode(answer.result, this);
      } catch (error) {
        throw decodeError(error, "a callback of the other side");
      }
    };
  }

  file(path: string, id: number): ReadableFile {
    const here = readableFile(path);
    const connection = this.connection;
    return {
      path,
      async writeChunksTo(write) {
        if (await isReadable(path)) return here.writeChunksTo(write);
        for (let offset = 0; ;) {
          const chunk = Buffer.from(await connection.sendRequest(ReadFile, { id, offset }), "base64");
          if (chunk.length === 0) return;
          write(chunk);
          offset += chunk.length;
        }
      },
    };
  }
}

/** Makes an object what the other side made of its copy: what a callback changes in an argument counts. */
export function copyInto(target: unknown, source: unknown): void {
  if (typeof target !== "object" || target === null || typeof source !== "object" || source === null) return;
  if (Object.isFrozen(target)) return;
  for (const key of Object.keys(target)) {
    if (!Object.hasOwn(source, key)) delete (target as Record<string, unknown>)[key];
  }
  Object.assign(target, source);
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await (await open(path)).close();
    return true;
  } catch {
    // Whatever the reason: the other side has the file, and can be asked for it.
    return false;
  }
}
