import { AsyncResource } from "node:async_hooks";
import type { FileHandle } from "node:fs/promises";
import { copyInto, isPlainObject } from "../../matrix/json.js";
import { readableFile } from "../../services/readable-file.js";
import type { ReadableFile } from "../../matrix/records.js";
import { expectMembers } from "./expect-members.js";
import { Kept } from "./kept.js";
import type { Peer } from "./peer.js";
import { notKept } from "./not-kept.js";
import { PeerBodies } from "./peer-bodies.js";
import { PeerStates } from "./peer-states.js";
import { CallBack, ReadFile, Release, type Wire, type WireBody } from "./protocol.js";
import { Releases } from "./releases.js";
import type { Runtime } from "./runtime.js";
import { decode, encode } from "./wire.js";
import type { StatePieces } from "./state-pieces.js";
import type { Handles } from "./wire-forms.js";
import type { ReadBodyOf } from "./wire-http.js";

/** How many bytes of a file are read at a time. */
const READ_BYTES = 16 * 1024;

/** A request that the other side may refer to, and whose body it may read. */
interface Lent {
  readonly request: Request;
  readonly body: WireBody | null;
}

/** A file that the other side may read. */
interface SharedFile {
  readonly file: ReadableFile;
  /** Its content while it's read, if it isn't on disk. */
  content?: Promise<Buffer> | undefined;
}

/**
 * The functions, files and requests of each other that the two sides of a connection use. A function is kept until it's
 * called or released: those that cross (what follows a login, entering and leaving a background update) are called once.
 */
export class PeerHandles implements Handles {
  readonly #functions: Kept<(...args: unknown[]) => unknown>;
  readonly #files: Kept<SharedFile>;
  readonly #lent: Kept<Lent>;
  readonly #lentBodies = new WeakMap<Request, WireBody>();
  /** The numbers of requests, whichever side assigned them. */
  readonly #requestIds = new WeakMap<Request, number>();
  readonly #releases: Releases;
  #last = 0;
  readonly bodies: PeerBodies;
  readonly states: PeerStates;
  readonly runtime: Runtime;
  readonly readBody: ReadBodyOf = (body) => this.bodies.use(body);

  constructor(private readonly peer: Peer) {
    this.runtime = peer.runtime;
    const { kept } = this.runtime.limits;
    this.#functions = new Kept(kept);
    this.#files = new Kept(kept);
    this.#lent = new Kept(kept, (lent) => this.#releaseBody(lent));
    this.#releases = new Releases(peer);
    this.states = new PeerStates(peer, () => ++this.#last);
    this.bodies = new PeerBodies(peer, this.#releases, () => ++this.#last);
    void peer.closed.then(() => {
      for (const kept of [this.#functions, this.#files, this.#lent]) kept.close();
    });
    peer.onNotification(Release, ({ ids }) => {
      if (!Array.isArray(ids)) return;
      for (const id of ids as number[]) {
        this.#functions.delete(id);
        this.#files.delete(id);
        this.states.release(id);
        this.bodies.release(id);
      }
    });
    peer.answer(CallBack, async (params) => {
      expectMembers(params, { id: "number", args: "list" }, CallBack.method);
      const { id, args } = params;
      const callback = this.#functions.get(id);
      if (!callback) throw notKept(`the function ${id}`);
      this.#functions.delete(id);
      const given = args.map((arg) => decode(arg, this));
      const result = await callback(...given);
      return { result: encode(result, this), args: given.map((arg) => encode(arg, this)) };
    });
    peer.answer(ReadFile, async (params) => {
      expectMembers(params, { id: "number", offset: "number" }, ReadFile.method);
      const { id, offset } = params;
      // Only what was sent as an argument can be read: the other side names no paths.
      const shared = this.#files.get(id);
      if (!shared) throw notKept(`the file ${id}`);
      return (await this.#read(shared, offset)).toString("base64");
    });
  }

  async #read(shared: SharedFile, offset: number): Promise<Buffer> {
    const { filePieceBytes } = this.runtime.limits;
    await using file = await this.#openHere(shared.file.path);
    if (file) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(filePieceBytes), 0, filePieceBytes, offset);
      return buffer.subarray(0, bytesRead);
    }
    // A file that isn't on disk is read the way its owner reads it, once.
    const content = (shared.content ??= contentOf(shared.file));
    const forget = () => (shared.content = undefined);
    content.catch(forget);
    const chunk = (await content).subarray(offset, offset + filePieceBytes);
    if (chunk.length === 0) forget();
    return chunk;
  }

  /** Undefined if a file can't be read here: whatever the reason, the other side has it and can be asked. */
  async #openHere(path: string): Promise<FileHandle | undefined> {
    return this.runtime.openFile(path).catch(() => undefined);
  }

  /** Resolves once no request of the other side is being answered, and no body is being read: an answer may begin one. */
  async idle(): Promise<void> {
    await this.peer.idle();
    await this.bodies.idle();
  }

  /** What the other side no longer needs to keep. */
  release(id: number): void {
    this.#releases.release(id);
  }

  /** How many functions are kept for the other side. */
  get keptFunctions(): number {
    return this.#functions.size;
  }

  keep(callback: (...args: unknown[]) => unknown): number {
    // What is called later still belongs to the request it came from.
    this.#functions.set(++this.#last, AsyncResource.bind(callback));
    return this.#last;
  }

  use(id: number): (...args: unknown[]) => Promise<unknown> {
    const call = async (...args: unknown[]) => {
      const params = { id, args: args.map((arg) => encode(arg, this)) };
      const answer = await this.peer.ask(CallBack, params, "a function of the other side");
      this.#releases.forget(call);
      expectMembers(answer, { args: "list" }, CallBack.method);
      for (const [index, arg] of args.entries()) copyInto(arg, decode(answer.args[index] ?? null, this));
      // The other side either notifies or requests; neither returns null.
      return decode(answer.result, this) ?? undefined;
    };
    this.#releases.watch(call, id);
    return call;
  }

  share(file: ReadableFile): number {
    this.#files.set(++this.#last, { file });
    return this.#last;
  }

  /** Ends the other side's access to a state or a file that was sent. */
  drop(sent: Wire): void {
    this.states.drop(sent);
    if (isPlainObject(sent) && sent["$"] === "file") this.#files.delete(sent["id"] as number);
  }

  keepState(pieces: StatePieces): number {
    return this.states.keep(pieces);
  }

  file(path: string, id: number): ReadableFile {
    const { peer, runtime } = this;
    const here = readableFile(path, runtime);
    const isReadable = async () => {
      await using file = await this.#openHere(path);
      return file !== undefined;
    };
    return {
      path,
      async writeChunksTo(write) {
        if (await isReadable()) return here.writeChunksTo(write);
        for (let offset = 0; ;) {
          const chunk = Buffer.from(await peer.ask(ReadFile, { id, offset }, `the file ${path}`), "base64");
          if (chunk.length === 0) return;
          for (let start = 0; start < chunk.length; start += READ_BYTES) {
            write(new Uint8Array(chunk.subarray(start, start + READ_BYTES)));
            await runtime.nextTurn();
          }
          offset += chunk.length;
        }
      },
    };
  }

  /**
   * Gives a request a number by which the other side may refer to it, and lets it read a body.
   *
   * @param content the request's body, which is then used up; a copy by default
   */
  async lend(request: Request, content = request.body && request.clone().body): Promise<number> {
    const id = ++this.#last;
    const body = await this.bodies.keep(content);
    if (body) this.#lentBodies.set(request, body);
    this.#requestIds.set(request, id);
    this.#lent.set(id, { request, body });
    return id;
  }

  takeBack(id: number): void {
    const lent = this.#lent.get(id);
    this.#lent.delete(id);
    if (lent) this.#releaseBody(lent);
  }

  #releaseBody({ body }: Lent): void {
    if (typeof body?.rest === "number") this.bodies.release(body.rest);
  }

  lent(id: number): Request | undefined {
    return this.#lent.get(id)?.request;
  }

  bodyOf(request: Request): WireBody | undefined {
    return this.#lentBodies.get(request);
  }

  requestId(request: Request): number | undefined {
    return this.#requestIds.get(request);
  }

  remember(request: Request, id: number): void {
    this.#requestIds.set(request, id);
  }
}

async function contentOf(file: ReadableFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await file.writeChunksTo((chunk) => chunks.push(chunk));
  return Buffer.concat(chunks);
}
