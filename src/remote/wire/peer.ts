import type { Socket } from "node:net";
import { LigandError } from "../../errors/ligand-error.js";
import { isPlainObject } from "../../matrix/json.js";
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
import { REAL_RUNTIME, type Runtime, type Timer } from "./runtime.js";
import { decodeError } from "./wire-errors.js";

/** Options of a {@link Peer}. */
export interface PeerOptions {
  readonly runtime?: Runtime | undefined;
  /**
   * Whether {@link Peer.trust} must be called in time, or the connection is closed; until then the other side may send only
   * small messages. By default the other side is trusted from the start.
   */
  readonly isStranger?: boolean | undefined;
}

type Arrived = IncomingRequest | NotificationMessage | ResponseMessage;

/** The process at the other end of a connection: asks it, and answers it. */
export class Peer {
  /** Resolves once the connection has ended, with the error that broke it, if any. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  readonly runtime: Runtime;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #inbox: Inbox<Arrived>;
  readonly #outgoing: OutgoingRequests;
  readonly #incoming: IncomingRequests;
  readonly #listeners = new Map<string, (params: object) => void>();
  #error: Error | undefined;
  #hasEnded = false;
  #introduction: Timer | undefined;

  constructor(socket: Socket, { runtime = REAL_RUNTIME, isStranger = false }: PeerOptions = {}) {
    this.#socket = socket;
    this.runtime = runtime;
    const fail = (error: unknown) => this.#break(error as Error);
    this.#reader = new FrameReader(socket, runtime, (message) => this.#arrived(message), fail);
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
    const missed = () =>
      this.#break(
        new LigandError("LIGAND_REMOTE_PROTOCOL", `the other side didn't introduce itself within ${introductionMs} ms`),
      );
    this.#introduction = this.runtime.setTimeout(missed, introductionMs).unref();
  }

  /** The other side has introduced itself: it may take its time, and send messages of any size in the protocol. */
  trust(): void {
    this.runtime.clearTimeout(this.#introduction);
    this.#reader.maxBytes = this.runtime.limits.messageBytes;
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
  async ask<Params, Result>(
    { method }: RequestType<Params, Result>,
    params: Params,
    what: string,
    options: DiscardingOptions<Result> = {},
  ): Promise<Result> {
    const outcome = await this.#outgoing.ask(method, params, options);
    if (outcome instanceof Error) throw new LigandError("LIGAND_REMOTE_FAILED", `${what}: ${outcome.message}`);
    if (outcome === "lost") throw new LigandError("LIGAND_REMOTE_LOST", `${what}: the connection was lost`);
    if (outcome === "late") {
      throw new LigandError("LIGAND_REMOTE_TIMEOUT", `${what}: no answer within ${options.timeoutMs} ms`);
    }
    if (outcome.error) throw decodeError(outcome.error, what);
    return outcome.result as Result;
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

  /** Closes the connection, once everything written has been sent. */
  close(): void {
    this.#writer.write();
    this.#socket.destroySoon();
  }

  #arrived(message: Message): void {
    if (message.method === undefined) this.#inbox.add(message);
    // A cancellation doesn't wait for what it cancels.
    else if (message.method === CANCEL) this.#incoming.cancel((message.params as { readonly id: MessageId }).id);
    else this.#inbox.add(message.id === undefined ? message : this.#incoming.arrived(message));
  }

  #handle(message: Arrived): void {
    const isRequest = message instanceof IncomingRequest;
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
