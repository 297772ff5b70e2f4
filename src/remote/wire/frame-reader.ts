import type { Socket } from "node:net";
import { LigandError } from "../../errors/ligand-error.js";
import { isMessage, type Message } from "./json-rpc.js";
import type { Runtime, Timer } from "./runtime.js";
import { brokenFrame, HEADERS_END } from "./frames.js";

/** A timer that fires later than this was delayed by this process itself. */
const MAX_TIMER_DELAY_MS = 1000;
const NO_BYTES = Buffer.alloc(0);

/**
 * Reads messages in the framing of the Language Server Protocol, within limits. After the first violation of the protocol
 * it stops reading, because it can't tell where the next message begins.
 */
export class FrameReader {
  /** The largest accepted message, in bytes. */
  maxBytes: number;
  /** What has arrived of the next message, in pieces that aren't joined before they are needed. */
  #chunks: Buffer[] = [];
  #size = 0;
  /** The length of the current body; undefined while headers are read. */
  #bodyLength: number | undefined;
  #isBroken = false;
  /** Set while a message has begun but isn't complete. */
  #deadline: Timer | undefined;

  /**
   * @param deliver receives each message
   * @param broke called with the first violation
   */
  constructor(
    private readonly socket: Socket,
    private readonly runtime: Runtime,
    private readonly deliver: (message: Message) => void,
    private readonly broke: (error: unknown) => void,
  ) {
    this.maxBytes = runtime.limits.messageBytes;
  }

  listen(): void {
    this.socket.on("data", (chunk: Buffer) => this.take(chunk));
    this.socket.on("close", () => this.runtime.clearTimeout(this.#deadline));
  }

  /** Bytes have arrived. */
  take(chunk: Buffer): void {
    if (this.#isBroken) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    try {
      for (let body = this.#nextBody(); body; body = this.#nextBody()) this.deliver(readMessage(body));
      if (this.#size > 0 || this.#bodyLength !== undefined) this.#deadline ??= this.#setDeadline();
    } catch (error) {
      this.#break(error);
    }
  }

  #setDeadline(): Timer {
    const { runtime } = this;
    const { messageTimeMs } = runtime.limits;
    const due = runtime.now() + messageTimeMs;
    const missed = () => {
      // While this side read nothing, because it was blocked or busy, the other one couldn't send the rest.
      const isOwnFault = this.socket.isPaused() || runtime.now() - due > MAX_TIMER_DELAY_MS;
      if (isOwnFault) this.#deadline = this.#setDeadline();
      else this.#break(brokenFrame(`half a message, but not the rest within ${messageTimeMs} ms`));
    };
    return runtime.setTimeout(missed, messageTimeMs).unref();
  }

  #break(error: unknown): void {
    this.runtime.clearTimeout(this.#deadline);
    this.#isBroken = true;
    this.#chunks = [];
    this.broke(error);
  }

  #nextBody(): Buffer | undefined {
    if (this.#size === 0 && this.#bodyLength === undefined) return undefined;
    if (this.#bodyLength === undefined) {
      const received = this.#received();
      const end = received.indexOf(HEADERS_END);
      const { headerBytes } = this.runtime.limits;
      if ((end < 0 ? received.length : end) > headerBytes) {
        throw brokenFrame(`headers of more than ${headerBytes} bytes`);
      }
      if (end < 0) return undefined;
      this.#bodyLength = readLength(received.toString("latin1", 0, end), this.maxBytes);
      this.#keep(received.subarray(end + HEADERS_END.length));
    }
    if (this.#size < this.#bodyLength) return undefined;
    const received = this.#received();
    const body = received.subarray(0, this.#bodyLength);
    this.#keep(received.subarray(this.#bodyLength));
    this.#bodyLength = undefined;
    this.runtime.clearTimeout(this.#deadline);
    this.#deadline = undefined;
    return body;
  }

  #received(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks, this.#size)];
    return this.#chunks[0] ?? NO_BYTES;
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
  }
}

const ONLY_LENGTH = /^content-length: ?(\d{1,10})$/i;
/** Other headers belong to other protocols: any web page in a browser on this machine can send HTTP here. */
const HEADER = /^content-(?:length|type):/i;

function readLength(headers: string, maxBytes: number): number {
  const length = Number(ONLY_LENGTH.exec(headers)?.[1] ?? lengthAmong(headers.split("\r\n")));
  if (length > maxBytes) throw brokenFrame(`a message of ${length} bytes; ${maxBytes} is the limit`);
  return length;
}

function lengthAmong(headers: readonly string[]): string {
  const other = headers.find((line) => !HEADER.test(line));
  if (other !== undefined) throw brokenFrame(`a header of another protocol: ${JSON.stringify(other.slice(0, 40))}`);
  const [length, second] = headers.flatMap((line) => /^content-length:\s*(\d{1,10})\s*$/i.exec(line)?.[1] ?? []);
  if (length === undefined || second !== undefined) {
    throw brokenFrame("headers without one `Content-Length: NUMBER`");
  }
  return length;
}

function readMessage(body: Buffer): Message {
  let message: unknown;
  try {
    message = JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", "a message isn't JSON", { cause: error });
  }
  if (!isMessage(message)) throw brokenFrame("JSON that isn't a JSON-RPC 2.0 message");
  return message;
}
