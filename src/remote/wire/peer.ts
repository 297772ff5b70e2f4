import { LigandError } from "../../errors/ligand-error.js";
import { isPlainObject } from "../../matrix/json.js";
import type { Connection } from "./connection.js";
import { FrameReader } from "./frame-reader.js";
import { FrameWriter } from "./frame-writer.js";
import { Inbox } from "./inbox.js";
import { IncomingRequest } from "./incoming-request.js";
import { IncomingRequests, type Answer } from "./incoming-requests.js";
import {
  CANCEL,
  type Message,
  type MessageId,
  type NotificationMessage,
  type NotificationType,
  type RequestType,
  type ResponseMessage,
} from "./json-rpc.js";
import { OutgoingRequests, type DiscardingOptions } from "./outgoing-requests.js";
import { isLate, REAL_RUNTIME, type Runtime, type Timer } from "./runtime.js";

/** Options of a {@link Peer}. */
export interface PeerOptions {
  readonly runtime?: Runtime | undefined;
  /**
   * Whether {@link Peer.introduced} must be called in time, or the connection is closed; until then the other side may send
   * only small messages. By default the other side is trusted from the start.
   */
  readonly isStranger?: boolean | undefined;
  /** Called before a message is handled, with its method; undefined for an answer. */
  readonly before?: ((method: string | undefined) => void) | undefined;
}

type Arrived = IncomingRequest | NotificationMessage | ResponseMessage;

/** The process at the other end of a connection: asks it, and answers it. */
export class Peer {
  /** Resolves once the connection has ended, with the error that broke it, if any. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  readonly runtime: Runtime;
  readonly #socket: Connection;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #inbox: Inbox<Arrived>;
  readonly #outgoing: OutgoingRequests;
  readonly #incoming: IncomingRequests;
  readonly #before: PeerOptions["before"];
  readonly #listeners = new Map<string, (params: object) => void>();
  #error: Error | undefined;
  #hasEnded = false;
  /** Set while the other side has yet to introduce itself. */
  #introduction: Timer | undefined;

  constructor(socket: Connection, { runtime = REAL_RUNTIME, isStranger = false, before }: PeerOptions = {}) {
    this.#socket = socket;
    this.#before = before;
    this.runtime = runtime;
    const fail = (error: unknown) => this.#break(error as Error);
    this.#reader = new FrameReader(socket, runtime, {
      deliver: (message) => this.#arrived(message),
      delivered: () => this.#inbox.handle(),
      broke: fail,
    });
    this.#writer = new FrameWriter(socket, runtime, fail);
    this.#outgoing = new OutgoingRequests(this.#writer, runtime);
    this.#incoming = new IncomingRequests(this.#writer, runtime.limits.requestsInFlight);
    if (isStranger) this.#expectIntroduction();
    let end!: (error: Error | undefined) => void;
    this.closed = new Promise((resolve) => (end = resolve));
    this.#inbox = new Inbox(socket, this.#writer, runtime, {
      handle: (message) => this.#handle(message),
      // Answers that arrived before the connection ended still count: they're handled before it's reported.
      emptied: () => {
        this.#lose();
        end(this.#error);
      },
    });
  }

  #expectIntroduction(): void {
    const { introductionBytes, introductionMs } = this.runtime.limits;
    this.#reader.maxBytes = introductionBytes;
    const due = this.runtime.now() + introductionMs;
    const missed = () => {
      // While this process was blocked, it may have arrived, and hasn't been read.
      if (isLate(this.runtime, due)) return this.#expectIntroduction();
      this.#break(
        new LigandError("LIGAND_REMOTE_PROTOCOL", `the other side didn't introduce itself within ${introductionMs} ms`),
      );
    };
    this.runtime.clearTimeout(this.#introduction);
    this.#introduction = this.runtime.setTimeout(missed, introductionMs).unref();
  }

  /**
   * The other side has introduced itself. Unless `examine` throws, it may take its time from now on, and send messages of any
   * size in the protocol. How long `examine` takes is no fault of the other side.
   */
  async introduced<Result>(examine: () => Promise<Result>): Promise<Result> {
    const { runtime } = this;
    runtime.clearTimeout(this.#introduction);
    try {
      const result = await examine();
      this.#introduction = undefined;
      this.#reader.maxBytes = runtime.limits.messageBytes;
      return result;
    } catch (error) {
      if (this.#introduction !== undefined) this.#expectIntroduction();
      throw error;
    }
  }

  /** Starts reading. Register all answers before. */
  listen(): void {
    this.#reader.listen();
    this.#socket.on("error", (error) => this.#break(error));
    this.#socket.on("close", () => {
      this.#hasEnded = true;
      this.#inbox.end();
    });
  }

  /**
   * @param what names the request in the message of an error.
   * @throws what the other side threw, as an error of this side; {@link LigandError} `LIGAND_REMOTE_LOST` when the
   *   connection ends first, `LIGAND_REMOTE_TIMEOUT` when the answer comes too late, and `LIGAND_REMOTE_FAILED` when the
   *   request can't be sent.
   */
  ask<Params, Result>(
    { method }: RequestType<Params, Result>,
    params: Params,
    what: string,
    options: DiscardingOptions<Result> = {},
  ): Promise<Result> {
    return this.#outgoing.ask(method, params, what, options);
  }

  /** Whether the other side hasn't answered a request yet, by its number. */
  awaits(id: number): boolean {
    return this.#outgoing.awaits(id);
  }

  /** Answers requests of one type. What `answer` throws goes to the other side, without its stack. */
  answer<Params, Result>({ method }: RequestType<Params, Result>, answer: Answer<Params, Result>): void {
    this.#incoming.register(method, answer as Answer<object, unknown>);
  }

  /** Receives notifications of one type. Those without an object of params are ignored. */
  onNotification<Params>({ method }: NotificationType<Params>, listener: (params: Params) => void): void {
    this.#listeners.set(method, listener as (params: object) => void);
  }

  /** Sends a notification. Does nothing once the connection is lost. */
  notify<Params>({ method }: NotificationType<Params>, params: Params): void {
    this.#writer.send({ jsonrpc: "2.0", method, params });
  }

  /** Resolves once no request of the other side is being answered. */
  idle(): Promise<void> {
    return this.#incoming.idle();
  }

  /** Resolves once all that was sent has left this process, or can't any more. */
  written(): Promise<void> {
    this.#writer.write();
    return new Promise((resolve) => this.#socket.write("", () => resolve()));
  }

  /** Closes the connection, once everything written has been sent, or the other side has had time to read it. */
  close(): void {
    this.#writer.write();
    this.#socket.destroySoon();
    if (this.#socket.writableLength === 0) return;
    const { runtime } = this;
    const unread = runtime.setTimeout(() => this.#socket.destroy(), runtime.limits.closingMs);
    void this.closed.then(() => runtime.clearTimeout(unread));
  }

  #arrived(message: Message): void {
    if (message.method === undefined) this.#inbox.add(message);
    // A cancellation doesn't wait for what it cancels.
    else if (message.method === CANCEL) this.#incoming.cancel((message.params as { readonly id: MessageId }).id);
    else this.#inbox.add(message.id === undefined ? message : this.#incoming.arrived(message));
  }

  #handle(message: Arrived): void {
    const isRequest = message instanceof IncomingRequest;
    this.#before?.(isRequest ? message.message.method : message.method);
    if (!isRequest && message.method === undefined) this.#outgoing.settle(message);
    // Once the connection has ended, only answers are of use.
    else if (this.#hasEnded) return;
    else if (isRequest) this.#incoming.answer(message);
    else this.#notified(message);
  }

  #notified({ method, params }: NotificationMessage): void {
    try {
      if (isPlainObject(params)) this.#listeners.get(method)?.(params);
    } catch (error) {
      this.#break(error as Error);
    }
  }

  #break(error: Error): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  #lose(): void {
    this.runtime.clearTimeout(this.#introduction);
    this.#outgoing.lose();
    this.#incoming.lose(new LigandError("LIGAND_REMOTE_LOST", "the connection was lost", { cause: this.#error }));
  }
}
