import { LigandError } from "../../errors/ligand-error.js";
import type { Connection } from "./connection.js";
import { isMessage, type Message } from "./json-rpc.js";
import { isLate, type Runtime, type Timer } from "./runtime.js";
import { brokenFrame, HEADERS_END, LENGTH_HEADER } from "./frames.js";

const [OWN_HEADER, ITS_END] = [Buffer.from(LENGTH_HEADER), Buffer.from(HEADERS_END)];
const [ZERO, MOST_DIGITS] = [0x30, 10];

/** What a {@link FrameReader} calls. */
export interface FrameReaderEvents {
  readonly deliver: (message: Message) => void;
  /** All that arrived together has been delivered. */
  readonly delivered: () => void;
  /** The other side has violated the protocol. */
  readonly broke: (error: unknown) => void;
}

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

  constructor(
    private readonly socket: Connection,
    private readonly runtime: Runtime,
    private readonly events: FrameReaderEvents,
  ) {
    this.maxBytes = runtime.limits.messageBytes;
  }

  listen(): void {
    this.socket.on("data", (chunk: Buffer) => this.take(chunk));
    this.socket.on("close", () => this.#endDeadline());
  }

  /** Bytes have arrived. */
  take(chunk: Buffer): void {
    if (this.#isBroken) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    try {
      if (this.#size >= (this.#bodyLength ?? 1)) this.#read(this.#joined());
      if (this.#size > 0 || this.#bodyLength !== undefined) this.#deadline ??= this.#setDeadline();
    } catch (error) {
      this.#break(error);
    }
    this.events.delivered();
  }

  /** Delivers what is complete, and keeps the rest. */
  #read(received: Buffer): void {
    let at = 0;
    while (this.#bodyLength !== undefined || at < received.length) {
      if (this.#bodyLength === undefined) {
        const begin = this.#readOwnHeader(received, at) ?? this.#readHeaders(received, at);
        if (begin === undefined) break;
        at = begin;
      }
      const end = at + this.#bodyLength!;
      if (end > received.length) break;
      this.#bodyLength = undefined;
      this.#endDeadline();
      this.events.deliver(messageOf(received.toString("utf8", at, end)));
      at = end;
    }
    this.#size = received.length - at;
    this.#chunks = this.#size > 0 ? [received.subarray(at)] : [];
  }

  #joined(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#size);
  }

  #setDeadline(): Timer {
    const { runtime } = this;
    const { messageTimeMs } = runtime.limits;
    const due = runtime.now() + messageTimeMs;
    const missed = () => {
      // While this side read nothing, because it was blocked or busy, the other one couldn't send the rest.
      const isOwnFault = this.socket.isPaused() || isLate(runtime, due);
      if (isOwnFault) this.#deadline = this.#setDeadline();
      else this.#break(brokenFrame(`half a message, but not the rest within ${messageTimeMs} ms`));
    };
    return runtime.setTimeout(missed, messageTimeMs).unref();
  }

  #endDeadline(): void {
    if (this.#deadline === undefined) return;
    this.runtime.clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  #break(error: unknown): void {
    this.#endDeadline();
    this.#isBroken = true;
    this.#chunks = [];
    this.events.broke(error);
  }

  /** Reads the one header that this side writes, too. @returns where the body begins; undefined for any other, or a part of it */
  #readOwnHeader(received: Buffer, start: number): number | undefined {
    let at = start;
    for (const byte of OWN_HEADER) if (received[at++] !== byte) return undefined;
    const digits = at;
    let length = 0;
    for (let digit; (digit = received[at]! - ZERO) >= 0 && digit <= 9; at++) length = 10 * length + digit;
    if (at === digits || at > digits + MOST_DIGITS) return undefined;
    for (const byte of ITS_END) if (received[at++] !== byte) return undefined;
    this.#expect(length);
    return at;
  }

  /** Reads headers. @returns where the body begins; undefined while they're incomplete */
  #readHeaders(received: Buffer, start: number): number | undefined {
    const end = received.indexOf(HEADERS_END, start);
    const { headerBytes } = this.runtime.limits;
    if ((end < 0 ? received.length : end) - start > headerBytes) {
      throw brokenFrame(`headers of more than ${headerBytes} bytes`);
    }
    if (end < 0) return undefined;
    this.#expect(lengthAmong(received.toString("latin1", start, end).split("\r\n")));
    return end + HEADERS_END.length;
  }

  #expect(length: number): void {
    if (length > this.maxBytes) throw brokenFrame(`a message of ${length} bytes; ${this.maxBytes} is the limit`);
    this.#bodyLength = length;
  }
}

/** Other headers belong to other protocols: any web page in a browser on this machine can send HTTP here. */
const HEADER = /^content-(?:length|type):/i;

function lengthAmong(headers: readonly string[]): number {
  const other = headers.find((line) => !HEADER.test(line));
  if (other !== undefined) throw brokenFrame(`a header of another protocol: ${JSON.stringify(other.slice(0, 40))}`);
  const [length, second] = headers.flatMap((line) => /^content-length:\s*(\d{1,10})\s*$/i.exec(line)?.[1] ?? []);
  if (length === undefined || second !== undefined) {
    throw brokenFrame("headers without one `Content-Length: NUMBER`");
  }
  return Number(length);
}

function messageOf(json: string): Message {
  let message: unknown;
  try {
    message = JSON.parse(json);
  } catch (error) {
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", "a message isn't JSON", { cause: error });
  }
  if (!isMessage(message)) throw brokenFrame("JSON that isn't a JSON-RPC 2.0 message");
  return message;
}
