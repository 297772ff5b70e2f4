import type { Socket } from "node:net";
import {
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  ResponseError,
  type CancellationToken,
  type MessageConnection,
  type NotificationType,
  type RequestType,
} from "vscode-jsonrpc/node";
import { LigandError } from "../../errors/ligand-error.js";
import { isPlainObject } from "../../matrix/json.js";
import { FrameReader, FrameWriter } from "./frames.js";
import type { WireError } from "./protocol.js";
import { REAL_RUNTIME, type Runtime, type Timer } from "./runtime.js";
import { decodeError, encodeError } from "./wire-errors.js";

/** Options of a request. */
export interface AskOptions {
  /** Cancels the request; the other side decides what that does. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the answer, in milliseconds; after that the request is cancelled. */
  readonly timeoutMs?: number | undefined;
}

/** Options of a {@link Peer}. */
export interface PeerOptions {
  readonly runtime?: Runtime | undefined;
  /**
   * Whether {@link Peer.trust} must be called in time, or the connection is closed; until then the other side may send only
   * small messages. By default the other side is trusted from the start.
   */
  readonly isStranger?: boolean | undefined;
}

/** The process at the other end of a connection: asks it, and answers it. */
export class Peer {
  /** Resolves once the connection has ended, with the error that broke it, if any. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  readonly runtime: Runtime;
  readonly #socket: Socket;
  readonly #connection: MessageConnection;
  readonly #inFlight = new Set<AbortController>();
  #error: Error | undefined;
  #isLost = false;
  #idle: (() => void)[] = [];
  readonly #reader: FrameReader;
  #introduction: Timer | undefined;

  constructor(socket: Socket, { runtime = REAL_RUNTIME, isStranger = false }: PeerOptions = {}) {
    this.#socket = socket;
    this.runtime = runtime;
    const reader = new FrameReader(socket, runtime);
    this.#reader = reader;
    if (isStranger) {
      const { introductionBytes, introductionMs } = runtime.limits;
      reader.maxBytes = introductionBytes;
      const missed = () => {
        this.#error ??= new LigandError(
          "LIGAND_REMOTE_PROTOCOL",
          `the other side didn't introduce itself within ${introductionMs} ms`,
        );
        socket.destroy();
      };
      this.#introduction = runtime.setTimeout(missed, introductionMs).unref();
    }
    this.#connection = createMessageConnection(reader, new FrameWriter(socket, runtime), undefined, {
      messageStrategy: {
        handleMessage(message, next) {
          try {
            return reader.isOfUse(message) ? next(message) : undefined;
          } finally {
            reader.workedOn(message);
          }
        },
      },
    });
    this.#connection.onError(([error]) => {
      this.#error ??= error;
      socket.destroy();
    });
    this.closed = new Promise((resolve) => {
      this.#connection.onClose(() => {
        this.#lose();
        resolve(this.#error);
      });
    });
  }

  /** The other side has introduced itself: it may take its time, and send messages of any size in the protocol. */
  trust(): void {
    this.runtime.clearTimeout(this.#introduction);
    this.#reader.maxBytes = this.runtime.limits.messageBytes;
  }

  /** Starts reading. Register all answers before. */
  listen(): void {
    this.#connection.listen();
  }

  /**
   * @param what names the request in the message of an error.
   * @param options `discard` receives an answer that comes too late
   * @throws what the other side threw, as an error of this side; {@link LigandError} `LIGAND_REMOTE_LOST` when the
   *   connection ends first, `LIGAND_REMOTE_TIMEOUT` when the answer comes too late.
   */
  async ask<Params, Answer>(
    type: RequestType<Params, Answer, WireError>,
    params: Params,
    what: string,
    { signal, timeoutMs, discard }: AskOptions & { readonly discard?: (answer: Answer) => void } = {},
  ): Promise<Answer> {
    const source = new CancellationTokenSource();
    // With the connection the request is given up, and nothing can be sent any more.
    const cancel = () => !this.#isLost && source.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    let timer: Timer | undefined;
    try {
      const answer = this.#connection.sendRequest<Answer>(type.method, params, source.token);
      if (timeoutMs === undefined) return await answer;
      const late = new Promise<never>((_, reject) => {
        timer = this.runtime.setTimeout(() => {
          cancel();
          // No longer awaited: a late error, or a late answer that makes no sense, has no effect.
          answer.then(discard).catch(() => undefined);
          reject(new LigandError("LIGAND_REMOTE_TIMEOUT", `${what}: no answer within ${timeoutMs} ms`));
        }, timeoutMs);
      });
      return await Promise.race([answer, late]);
    } catch (error) {
      // The connection may be gone without notice yet: what can't be written then is lost with it.
      const isLost = this.#socket.destroyed && isWriteError(error);
      throw decodeError(isLost ? new Error(error.message) : error, what);
    } finally {
      this.runtime.clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      source.dispose();
    }
  }

  /**
   * Answers requests of one type. What `answer` throws goes to the other side, without its stack.
   *
   * @param answer its `signal` aborts when the other side cancels the request, and when the connection ends
   */
  answer<Params, Answer>(
    type: RequestType<Params, Answer, WireError>,
    answer: (params: Params, signal: AbortSignal) => Promise<Answer>,
  ): void {
    this.#connection.onRequest<unknown, WireError>(type.method, async (...received: unknown[]) => {
      // Normally one set of named parameters; a list of parameters would arrive spread.
      const token = received.pop() as CancellationToken;
      const [params] = received;
      const controller = new AbortController();
      const leave = () => {
        this.#inFlight.delete(controller);
        this.#tellIdle();
      };
      const cancel = () => {
        controller.abort();
        // It may hang, and isn't needed: it must not block other requests, or keep the process from stopping.
        leave();
      };
      const listening = token.onCancellationRequested(cancel);
      try {
        if (received.length !== 1 || !isPlainObject(params)) {
          throw new LigandError("LIGAND_REMOTE_PROTOCOL", `the params of ${type.method} must be an object`);
        }
        const { requestsInFlight } = this.runtime.limits;
        if (this.#inFlight.size >= requestsInFlight) {
          throw new LigandError("LIGAND_REMOTE_BUSY", `${requestsInFlight} requests are in flight, which is the limit`);
        }
        this.#inFlight.add(controller);
        // A token that was already cancelled, by a message read together with the request, calls no listener.
        if (token.isCancellationRequested) cancel();
        return await answer(params as Params, controller.signal);
      } catch (error) {
        return encodeError(error);
      } finally {
        listening.dispose();
        leave();
      }
    });
  }

  /** Receives notifications of one type. Those without an object of params are ignored. */
  hear<Params>(type: NotificationType<Params>, hear: (params: Params) => void): void {
    this.#connection.onNotification(type.method, (...[params]: unknown[]) => {
      if (isPlainObject(params)) hear(params as Params);
    });
  }

  /** Sends a notification. Does nothing once the connection is lost. */
  tell<Params>(type: NotificationType<Params>, params: Params): void {
    if (this.#isLost) return;
    // Errors while sending are reported by `closed`.
    this.#connection.sendNotification(type.method, params).catch(() => undefined);
  }

  /** Resolves once no request of the other side is being answered. */
  async idle(): Promise<void> {
    if (this.#inFlight.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Closes the connection, once everything written has been sent. */
  close(): void {
    this.#socket.destroySoon();
  }

  #lose(): void {
    this.#isLost = true;
    this.runtime.clearTimeout(this.#introduction);
    const lost = new LigandError("LIGAND_REMOTE_LOST", "the connection was lost", { cause: this.#error });
    for (const controller of this.#inFlight) controller.abort(lost);
    // Nothing waits any more for what hangs.
    this.#inFlight.clear();
    this.#tellIdle();
    this.#connection.dispose();
  }

  #tellIdle(): void {
    if (this.#inFlight.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

function isWriteError(error: unknown): error is ResponseError<unknown> {
  return error instanceof ResponseError && error.code === ErrorCodes.MessageWriteError;
}
