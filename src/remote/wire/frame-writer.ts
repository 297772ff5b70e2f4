import { LigandError } from "../../errors/ligand-error.js";
import { afterPromises } from "./after-promises.js";
import type { Connection } from "./connection.js";
import { brokenFrame, HEADERS_END, LENGTH_HEADER } from "./frames.js";
import type { Message, NotificationMessage, RequestMessage, ResponseMessage } from "./json-rpc.js";
import type { Runtime } from "./runtime.js";
import { encodeError } from "./wire-errors.js";

/** How many characters are sent together at most. */
const MOST_TOGETHER = 64 * 1024;

/** Writes messages: those of one turn of the event loop together. Gives up on a connection whose other side doesn't read. */
export class FrameWriter {
  /** What wasn't written yet. */
  #frames = "";
  #isHeld = false;
  readonly #writeNow = () => this.write();

  /** @param broke called when too much waits for the other side */
  constructor(
    private readonly socket: Connection,
    private readonly runtime: Runtime,
    private readonly broke: (error: LigandError) => void,
  ) {}

  /**
   * @returns false if there is no connection any more
   * @throws {Error} when JSON can't carry the message, or when it's too large
   */
  send(message: RequestMessage | NotificationMessage): boolean {
    if (!this.socket.writable) return false;
    this.#push(frameOf(message, this.runtime.limits.messageBytes));
    return true;
  }

  /** Sends an answer. If it can't be sent, the other side receives an error instead. */
  answer(message: ResponseMessage): void {
    if (!this.socket.writable) return;
    const { messageBytes } = this.runtime.limits;
    let frame: string;
    try {
      frame = frameOf(message, messageBytes);
    } catch (cause) {
      const error = encodeError(new LigandError("LIGAND_REMOTE_FAILED", "the answer can't be sent", { cause }));
      frame = frameOf({ jsonrpc: "2.0", id: message.id, error }, messageBytes);
    }
    this.#push(frame);
  }

  #push(frame: string): void {
    if (this.#frames === "" && !this.#isHeld) afterPromises(this.#writeNow);
    this.#frames += frame;
    if (this.#frames.length > MOST_TOGETHER) this.write();
  }

  /** Until {@link FrameWriter.release}, what is sent is written together. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.write();
  }

  /** Writes what was sent. */
  write(): void {
    const { socket } = this;
    const frames = this.#frames;
    if (frames === "" || !socket.writable) return;
    this.#frames = "";
    socket.write(frames);
    if (socket.writableLength > this.runtime.limits.unsentBytes) {
      this.broke(new LigandError("LIGAND_REMOTE_LOST", `the other side left ${socket.writableLength} bytes unread`));
    }
  }
}

function frameOf(message: Message, maxBytes: number): string {
  const json = JSON.stringify(message);
  const length = Buffer.byteLength(json);
  if (length > maxBytes) throw brokenFrame(`a message of ${length} bytes; ${maxBytes} is the limit`);
  return `${LENGTH_HEADER}${length}${HEADERS_END}${json}`;
}
