import { open } from "node:fs/promises";
import { LRUCache } from "lru-cache";
import { LigandError } from "../errors/ligand-error.js";
import { readableFile } from "../matrix/readable-file.js";
import type { ReadableFile } from "../matrix/records.js";
import type { Peer } from "./peer.js";
import { CallBack, ReadFile, Release } from "./protocol.js";
import { decode, encode, type Handles } from "./wire.js";

/** How many functions, files and requests are kept for the other side; the least recently used are forgotten first. */
const MAX_KEPT = 10_000;
const CHUNK_BYTES = 64 * 1024;

/**
 * The functions, files and requests that the two sides of a connection use of each other. A function is kept until it
 * is called or released: those that cross (what follows a login, the ends of a slot of a background update) are called
 * once.
 */
export class PeerHandles implements Handles {
  readonly #functions = new LRUCache<number, (...args: unknown[]) => unknown>({ max: MAX_KEPT });
  readonly #files = new LRUCache<number, ReadableFile>({ max: MAX_KEPT });
  /** The other side's numbers of the requests that came from it. */
  readonly #requests = new WeakMap<Request, number>();
  #last = 0;

  constructor(private readonly peer: Peer) {
    peer.hear(Release, ({ id }) => void this.#functions.delete(id));
    peer.answer(CallBack, async ({ id, args }) => {
      const callback = this.#functions.get(id);
      if (!callback) throw notKept(`the function ${id}`);
      this.#functions.delete(id);
      const given = args.map((arg) => decode(arg, this));
      const result = await callback(...given);
      return { result: encode(result, this), args: given.map((arg) => encode(arg, this)) };
    });
    peer.answer(ReadFile, async ({ id, offset }) => {
      // Only what was sent as an argument can be read: the other side names no paths.
      const shared = this.#files.get(id);
      if (!shared) throw notKept(`the file ${id}`);
      await using file = await open(shared.path);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
      return buffer.subarray(0, bytesRead).toString("base64");
    });
  }

  keep(callback: (...args: unknown[]) => unknown): number {
    this.#functions.set(++this.#last, callback);
    return this.#last;
  }

  use(id: number): (...args: unknown[]) => Promise<unknown> {
    return async (...args) => {
      const params = { id, args: args.map((arg) => encode(arg, this)) };
      const answer = await this.peer.ask(CallBack, params, "a function of the other side");
      for (const [index, arg] of args.entries()) copyInto(arg, decode(answer.args[index] ?? null, this));
      return decode(answer.result, this);
    };
  }

  share(file: ReadableFile): number {
    this.#files.set(++this.#last, file);
    return this.#last;
  }

  file(path: string, id: number): ReadableFile {
    const here = readableFile(path);
    const { peer } = this;
    return {
      path,
      async writeChunksTo(write) {
        if (await isReadable(path)) return here.writeChunksTo(write);
        for (let offset = 0; ;) {
          const chunk = Buffer.from(await peer.ask(ReadFile, { id, offset }, `the file ${path}`), "base64");
          if (chunk.length === 0) return;
          write(chunk);
          offset += chunk.length;
        }
      },
    };
  }

  requestId(request: Request): number | undefined {
    return this.#requests.get(request);
  }

  /** Remembers by which number the other side knows a request. */
  remember(request: Request, id: number): void {
    this.#requests.set(request, id);
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

function notKept(what: string): LigandError {
  return new LigandError("LIGAND_REMOTE_PROTOCOL", `${what} was used before, or is not kept any more`);
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
