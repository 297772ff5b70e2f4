import { AsyncResource } from "node:async_hooks";
import { LigandError } from "../../errors/ligand-error.js";
import type { Runtime } from "./runtime.js";

const NOTHING = new Uint8Array();

/** The body of an HTTP message that leaves in pieces, no faster than they are requested. */
export class OutgoingBody {
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  /** The code that makes the stream works for the request it answers, even while another one asks for more. */
  readonly #read: () => Promise<{ readonly done: boolean; readonly value?: unknown }>;
  /** What was read and hasn't been sent yet. */
  #left: Uint8Array = NOTHING;
  /** What was requested too early. */
  #awaited: Promise<Uint8Array> | undefined;

  constructor(
    stream: ReadableStream<unknown>,
    private readonly runtime: Runtime,
  ) {
    this.#reader = stream.getReader();
    this.#read = AsyncResource.bind(() => this.#reader.read());
  }

  /** The next bytes, as soon as there are some; none at the end. Rejects with the stream's error. */
  next(): Promise<Uint8Array> {
    const awaited = this.#awaited ?? this.#take();
    this.#awaited = undefined;
    return awaited;
  }

  /** What is available without waiting for anything but the stream itself. */
  async start(): Promise<{ readonly bytes: Uint8Array; readonly isAll: boolean }> {
    const chunks: Uint8Array[] = [];
    for (let size = 0; size < this.runtime.limits.bodyPieceBytes; size += chunks.at(-1)!.length) {
      const next = this.next();
      const chunk = await Promise.race([next, this.runtime.nextTurn()]);
      if (chunk === undefined) {
        // The code that asks for it sees how it ends; until then it isn't unhandled, only early.
        next.catch(() => undefined);
        this.#awaited = next;
        break;
      }
      if (chunk.length === 0) return { bytes: Buffer.concat(chunks), isAll: true };
      chunks.push(chunk);
    }
    return { bytes: Buffer.concat(chunks), isAll: false };
  }

  /** The rest isn't wanted. */
  cancel(): void {
    // How the stream reacts doesn't matter any more.
    this.#reader.cancel().catch(() => undefined);
  }

  async #take(): Promise<Uint8Array> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#read();
      if (done) return NOTHING;
      if (!(value instanceof Uint8Array)) {
        this.cancel();
        throw new LigandError(
          "LIGAND_ARGUMENT_INVALID",
          `the body of an HTTP message must be a stream of Uint8Array, but it's a ${typeOf(value)}`,
          { remedy: "Put bytes into the stream, such as those of `new TextEncoder().encode(text)`." },
        );
      }
      this.#left = value;
    }
    const { bodyPieceBytes } = this.runtime.limits;
    const chunk = this.#left.subarray(0, bodyPieceBytes);
    this.#left = this.#left.subarray(bodyPieceBytes);
    return chunk;
  }
}

function typeOf(value: unknown): string {
  return typeof value === "object" ? (value?.constructor?.name ?? "value of null") : typeof value;
}
