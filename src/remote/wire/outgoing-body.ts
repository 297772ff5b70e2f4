import { AsyncResource } from "node:async_hooks";
import { LigandError } from "../../errors/ligand-error.js";
import type { Runtime } from "./runtime.js";

const NOTHING = new Uint8Array();

/** The body of an HTTP message that leaves in pieces, no faster than it is asked for. */
export class OutgoingBody {
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  /** Whoever makes the stream works for the request that it answers, also while another one asks for more. */
  readonly #read: () => Promise<{ readonly done: boolean; readonly value?: unknown }>;
  /** What was read and has not left yet. */
  #left: Uint8Array = NOTHING;
  /** What was asked for too early. */
  #awaited: Promise<Uint8Array> | undefined;

  constructor(
    stream: ReadableStream<unknown>,
    private readonly runtime: Runtime,
  ) {
    this.#reader = stream.getReader();
    this.#read = AsyncResource.bind(() => this.#reader.read());
  }

  /** The next bytes, as soon as there are some; none at the end. Rejects with what the stream fails with. */
  next(): Promise<Uint8Array> {
    const awaited = this.#awaited ?? this.#take();
    this.#awaited = undefined;
    return awaited;
  }

  /** What can be had without waiting for more than the stream itself. */
  async start(): Promise<{ readonly bytes: Uint8Array; readonly isAll: boolean }> {
    const chunks: Uint8Array[] = [];
    for (let size = 0; size < this.runtime.limits.bodyPieceBytes; size += chunks.at(-1)!.length) {
      const next = this.next();
      const chunk = await Promise.race([next, this.runtime.nextTurn()]);
      if (chunk === undefined) {
        // Who asks for it sees how it ends; until then it is not lost, but early.
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
    // How the stream takes it doesn't matter any more.
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
          `the body of an HTTP message must be a stream of Uint8Array; found a ${typeOf(value)}`,
          { remedy: "Give the stream bytes, such as those of `new TextEncoder().encode(text)`." },
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
