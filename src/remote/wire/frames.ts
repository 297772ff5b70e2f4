import type { Socket } from "node:net";
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc/node";
import { LigandError } from "../../errors/ligand-error.js";
import { isPlainObject } from "../../matrix/json.js";
import type { Runtime, Timer } from "./runtime.js";
import { encodeError } from "./wire-errors.js";

/** A timer that fires later than this was delayed by this process itself. */
const MAX_TIMER_DELAY_MS = 1000;
const HEADERS_END = "\r\n\r\n";
const CANCEL = "$/cancelRequest";

/**
 * Reads messages in the framing of the Language Server Protocol, within limits; the reader of `vscode-jsonrpc` has none.
 * After the first violation of the protocol it stops reading, because it can't tell where the next message begins.
 */
export class FrameReader extends AbstractMessageReader implements MessageReader {
  /** The largest accepted message, in bytes. */
  maxBytes: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** The length of the current body; undefined while headers are read. */
  #bodyLength: number | undefined;
  #waiting = 0;
  #broken = false;
  #hasEnded = false;
  /** Set while a message has begun but isn't complete. */
  #deadline: Timer | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly runtime: Runtime,
  ) {
    super();
    this.maxBytes = runtime.limits.messageBytes;
  }

  listen(deliver: DataCallback): Disposable {
    const take = (chunk: Buffer) => this.#take(chunk, deliver);
    this.socket.on("data", take);
    this.socket.on("error", (error) => this.fireError(error));
    this.socket.on("close", () => {
      this.runtime.clearTimeout(this.#deadline);
      this.#hasEnded = true;
      this.#closeOnceDone();
    });
    return { dispose: () => this.socket.off("data", take) };
  }

  /** Whether to process a message: once the connection has ended, only answers are of use. */
  isOfUse(message: Message): boolean {
    return !this.#hasEnded || !("method" in message);
  }

  /** Call it for each message that was processed: reading continues when none is waiting. */
  workedOn(message: Message): void {
    if (isCancellation(message) || --this.#waiting > 0) return;
    if (this.#hasEnded) this.#closeOnceDone();
    else if (!this.#broken) this.socket.resume();
  }

  /** Answers that arrived before the connection ended still count: they're processed before it's reported. */
  #closeOnceDone(): void {
    if (this.#waiting === 0) this.fireClose();
  }

  #take(chunk: Buffer, deliver: DataCallback): void {
    if (this.#broken) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    try {
      for (let body = this.#nextBody(); body; body = this.#nextBody()) {
        const message = readMessage(body);
        if (!isCancellation(message) && ++this.#waiting > this.runtime.limits.waitingMessages) this.socket.pause();
        deliver(message);
      }
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
      else this.#break(broken(`half a message, but not the rest within ${messageTimeMs} ms`));
    };
    return runtime.setTimeout(missed, messageTimeMs).unref();
  }

  #break(error: unknown): void {
    this.runtime.clearTimeout(this.#deadline);
    this.#broken = true;
    this.#chunks = [];
    this.fireError(error);
  }

  #nextBody(): Buffer | undefined {
    if (this.#bodyLength === undefined) {
      const received = this.#received();
      const end = received.indexOf(HEADERS_END);
      const { headerBytes } = this.runtime.limits;
      if ((end < 0 ? received.length : end) > headerBytes) {
        throw broken(`headers of more than ${headerBytes} bytes`);
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
    const [only = Buffer.alloc(0), ...others] = this.#chunks;
    return others.length === 0 ? only : Buffer.concat(this.#chunks, this.#size);
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
  }
}

/** Writes messages, each in one go. Gives up on a connection whose other side doesn't read. */
export class FrameWriter extends AbstractMessageWriter implements MessageWriter {
  constructor(
    private readonly socket: Socket,
    private readonly runtime: Runtime,
  ) {
    super();
  }

  async write(message: Message): Promise<void> {
    const { socket } = this;
    const { messageBytes, unsentBytes } = this.runtime.limits;
    const body = bodyOf(message, messageBytes);
    if (!socket.writable) throw new LigandError("LIGAND_REMOTE_LOST", "the connection was closed");
    socket.cork();
    socket.write(`Content-Length: ${body.length}${HEADERS_END}`);
    socket.write(body);
    socket.uncork();
    if (socket.writableLength > unsentBytes) {
      this.fireError(
        new LigandError("LIGAND_REMOTE_LOST", `the other side left ${socket.writableLength} bytes unread`),
      );
    }
  }

  end(): void {
    this.socket.end();
  }
}

/** @throws {LigandError} for a request that can't be sent. For an answer that can't be sent, the other side receives an error. */
function bodyOf(message: Message, maxBytes: number): Buffer {
  try {
    return encoded(message, maxBytes);
  } catch (cause) {
    if ("method" in message) throw cause;
    const error = new LigandError("LIGAND_REMOTE_FAILED", "the answer can't be sent", { cause });
    return encoded({ ...message, result: undefined, error: encodeError(error).toJson() } as Message, maxBytes);
  }
}

function encoded(message: Message, maxBytes: number): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  if (body.length <= maxBytes) return body;
  throw broken(`a message of ${body.length} bytes; ${maxBytes} is the limit`);
}

/** Other headers belong to other protocols: any web page in a browser on this machine can send HTTP here. */
const HEADER = /^content-(?:length|type):/i;

function readLength(headers: string, maxBytes: number): number {
  const lines = headers.split("\r\n");
  const other = lines.find((line) => !HEADER.test(line));
  if (other !== undefined) throw broken(`a header of another protocol: ${JSON.stringify(other.slice(0, 40))}`);
  const lengths = lines.flatMap((line) => /^content-length:\s*(\d{1,10})\s*$/i.exec(line)?.[1] ?? []);
  if (lengths.length !== 1) throw broken("headers without one `Content-Length: NUMBER`");
  const length = Number(lengths[0]);
  if (length > maxBytes) throw broken(`a message of ${length} bytes; ${maxBytes} is the limit`);
  return length;
}

function readMessage(body: Buffer): Message {
  let message: unknown;
  try {
    message = JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", "a message isn't JSON", { cause: error });
  }
  if (!isMessage(message)) throw broken("JSON that isn't a JSON-RPC 2.0 message");
  return message;
}

function isMessage(message: unknown): message is Message {
  if (!isPlainObject(message) || message["jsonrpc"] !== "2.0") return false;
  const { id, method, params, result, error } = message;
  const hasId = typeof id === "number" || typeof id === "string";
  if (method === undefined) return (hasId || id === null) && (result !== undefined || isPlainObject(error));
  if (typeof method !== "string" || (!hasId && id !== undefined)) return false;
  if (method === CANCEL) return isPlainObject(params) && ["number", "string"].includes(typeof params["id"]);
  return params === undefined || (typeof params === "object" && params !== null);
}

/** `vscode-jsonrpc` processes some cancellations while reading, so they never wait. */
function isCancellation(message: Message): boolean {
  return (message as { method?: unknown }).method === CANCEL;
}

function broken(found: string): LigandError {
  return new LigandError("LIGAND_REMOTE_PROTOCOL", `the other side sent, or was to be sent, ${found}`);
}
