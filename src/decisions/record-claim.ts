import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { lstat, open, readdir, unlink, type FileHandle } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { LigandError } from "../errors/ligand-error.js";
import { isLeftSocket } from "../remote/wire/listen.js";
import { outsideRequests } from "../services/outside-requests.js";
import { privateFolder } from "./private-file.js";

/** For so long the process before may still be ending, in milliseconds: its successor may already be starting. */
const ENDING_MS = 3000;
const LOOK_AGAIN_MS = 50;
/** For so long it's waited for what a process says of itself, in milliseconds: one that is stopped says nothing. */
const SAYING_MS = 10_000;

/** Of a socket, in bytes, where its folder can't be named shorter. */
const LONGEST_PATH = 103;
/** In bytes: with what stands before it and behind it, the path of a socket has 107 at most. */
const LONGEST_NAME = 48;

/** What a process does that no other may do with the same record meanwhile. */
export interface Claimed {
  /** For errors, before the name of the record. */
  readonly does: string;
  readonly cannot: string;
  /** Behind the name of the record, in that of the socket. */
  readonly mark: string;
}

export const RECORDING: Claimed = { does: "records decisions to", cannot: "decisions can't be recorded to", mark: "" };
export const FORGETTING: Claimed = {
  does: "removes records from",
  cannot: "records can't be removed from",
  mark: ".forgetting",
};

/** A process that records to a file, or is about to. */
interface Other {
  /** The name of its socket. */
  readonly name: string;
  /** Undefined if it doesn't say. */
  readonly pid: number | undefined;
  readonly isRecording: boolean;
}

/**
 * Keeps a record to one writer: two would delete each other's files, and cut each other's lines. Each has a socket of its own
 * beside the file, and records once no other socket is listened on. The system closes a socket with its process, however that
 * ends.
 */
export class RecordClaim {
  readonly #name: string;
  readonly #server: Server;
  #isRecording = false;

  private constructor(
    private readonly path: string,
    private readonly start: string,
    /** Undefined where a socket is named by its path. */
    private readonly folder: FileHandle | undefined,
  ) {
    this.#name = `${start}.${randomBytes(6).toString("hex")}.lock`;
    this.#server = createServer((socket) => {
      socket.on("error", () => undefined).write(`${process.pid} ${this.#isRecording ? "records" : "waits"}\n`);
      // It isn't waited until the other one closes it, which may be stopped: this one couldn't end before.
      socket.destroySoon();
    }).unref();
  }

  /**
   * Waits a little for a process that is ending.
   *
   * @param endingMs how long it's waited, in milliseconds
   * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` if another process records to the file, or another host of this one.
   */
  static async take(path: string, claimed = RECORDING, endingMs = ENDING_MS): Promise<RecordClaim> {
    const file = resolve(path);
    try {
      await privateFolder(dirname(file));
      for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
        const claim = await RecordClaim.#listening(file, claimed);
        const other = await claim.#standOff(endingMs);
        if (!other) return claim;
        await claim.release();
        if (waited >= endingMs) throw takenBy(other, claimed, file);
        await setTimeout(LOOK_AGAIN_MS);
      }
    } catch (cause) {
      if (cause instanceof LigandError) throw cause;
      throw new LigandError("LIGAND_RECORD_UNUSABLE", `${claimed.cannot} ${file}`, {
        cause,
        remedy: "Name a file in a folder that this process may write to.",
      });
    }
  }

  /** From then on another process may record. */
  async release(): Promise<void> {
    if (this.#server.listening) {
      // Node removes the socket's file.
      this.#server.close();
      await once(this.#server, "close");
    }
    await this.folder?.close();
  }

  static async #listening(file: string, { mark }: Claimed): Promise<RecordClaim> {
    // The path of a socket may have 107 bytes, however long that of its folder is.
    const folder = process.platform === "linux" ? await open(dirname(file), "r") : undefined;
    const claim = new RecordClaim(dirname(file), shortened(basename(file)) + mark, folder);
    // Windows has no such sockets.
    if (process.platform === "win32") return claim;
    const bytes = Buffer.byteLength(claim.#address(claim.#name));
    // Some versions of Node would cut it, and listen elsewhere.
    if (!folder && bytes > LONGEST_PATH) {
      throw new LigandError(
        "LIGAND_RECORD_UNUSABLE",
        `the path of a socket beside ${file} would have ${bytes} bytes; expected ${LONGEST_PATH} at most`,
        { remedy: "Name a file in a folder with a shorter path." },
      );
    }
    try {
      outsideRequests(() => claim.#server.listen({ path: claim.#address(claim.#name), exclusive: true }));
      await once(claim.#server, "listening");
      return claim;
    } catch (error) {
      await claim.release();
      throw error;
    }
  }

  /** Resolves with another one that goes first; undefined once there is none. Of those that wait, one goes on. */
  async #standOff(endingMs: number): Promise<Other | undefined> {
    for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
      const others = await this.#others();
      const first = others.find(({ isRecording }) => isRecording) ?? others.find(({ name }) => name < this.#name);
      if (first) return first;
      if (others.length === 0) {
        this.#isRecording = await this.#isThere();
        return this.#isRecording ? undefined : REMOVED;
      }
      // They give way, unless they are stopped.
      if (waited > 2 * endingMs + SAYING_MS) return others[0];
      await setTimeout(LOOK_AGAIN_MS);
    }
  }

  /** The sockets beside the file that processes listen on. Those of processes that were killed are removed: no name is used again. */
  async #others(): Promise<Other[]> {
    const names = (await readdir(this.path)).filter(
      (name) => name !== this.#name && name.replace(LOCK, "") === this.start,
    );
    const found = await Promise.all(
      names.map(async (name): Promise<Other | undefined> => {
        const path = join(this.path, name);
        const stats = await lstat(path).catch(() => undefined);
        if (!stats?.isSocket()) return undefined;
        const other = await said(this.#address(name));
        if (other === undefined) await unlink(path).catch(() => undefined);
        return other && { name, ...other };
      }),
    );
    return found.filter((other) => other !== undefined);
  }

  async #isThere(): Promise<boolean> {
    if (process.platform === "win32") return true;
    const stats = await lstat(join(this.path, this.#name)).catch(() => undefined);
    return stats !== undefined;
  }

  #address(name: string): string {
    return this.folder ? `/proc/self/fd/${this.folder.fd}/${name}` : join(this.path, name);
  }
}

/** One that began when a socket wasn't listened on yet took it for one that was left. */
const REMOVED: Other = { name: "", pid: undefined, isRecording: false };

/** The name of a record, or what stands for one that's too long for the path of a socket. */
function shortened(name: string): string {
  return Buffer.byteLength(name) > LONGEST_NAME ? createHash("sha256").update(name).digest("hex").slice(0, 32) : name;
}

/** In the place of what a process says that doesn't. */
const UNREADABLE = "?";

/** What the name of a socket ends with. */
const LOCK = /\.[\da-f]{12}\.lock$/;

/** What the process at a socket says of itself; undefined if none listens. */
async function said(address: string): Promise<Omit<Other, "name"> | undefined> {
  // A connection that was waiting when the socket was closed ends without a word; the next one isn't made.
  let words = await wordsAt(address);
  if (words === "") words = await wordsAt(address);
  if (words === undefined) return undefined;
  const [, pid, state] = /^(\d+) (\w+)\n$/.exec(words) ?? [];
  return { pid: pid === undefined ? undefined : Number(pid), isRecording: state !== "waits" };
}

/** What comes from a socket until it's closed; undefined if none listens. */
async function wordsAt(address: string): Promise<string | undefined> {
  const socket = connect({ path: address });
  let text = "";
  socket.setEncoding("utf8").on("data", (part: string) => (text += part));
  try {
    await once(socket, "connect");
  } catch (error) {
    return isLeftSocket(error) ? undefined : UNREADABLE;
  }
  const signal = AbortSignal.timeout(SAYING_MS);
  await once(socket, "close", { signal }).catch(() => undefined);
  socket.destroy();
  return signal.aborted ? text || UNREADABLE : text;
}

function takenBy({ pid }: Other, { does }: Claimed, file: string): LigandError {
  const who =
    pid === undefined ? "another process" : pid === process.pid ? "another host of this process" : `process ${pid}`;
  return new LigandError("LIGAND_RECORD_UNUSABLE", `${who} ${does} ${file}`, {
    remedy: "Use another file, or wait until that one has ended.",
  });
}
