import {
  CancellationTokenSource,
  type CancellationToken,
  type MessageConnection,
  type NotificationType,
  type RequestType,
} from "vscode-jsonrpc";
import type { WireError } from "./protocol.js";
import { decodeError, encodeError } from "./wire-errors.js";

/** The process at the other end of a connection: asks it, and answers it. */
export class Peer {
  #inFlight = 0;
  #idle: (() => void) | undefined;

  constructor(readonly connection: MessageConnection) {}

  /**
   * @param what names the request in the message of an error.
   * @param signal cancels the request; the other side decides what that does.
   * @throws what the other side threw, as an error of this side; {@link LigandError} `LIGAND_REMOTE_LOST` when the
   *   connection ends first.
   */
  async ask<Params, Answer>(
    type: RequestType<Params, Answer, WireError>,
    params: Params,
    what: string,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const source = new CancellationTokenSource();
    const cancel = () => source.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    try {
      return await this.connection.sendRequest<Answer>(type.method, params, source.token);
    } catch (error) {
      throw decodeError(error, what);
    } finally {
      signal?.removeEventListener("abort", cancel);
      source.dispose();
    }
  }

  /** Answers requests of one type. What `answer` throws goes to the other side, without its stack. */
  answer<Params, Answer>(
    type: RequestType<Params, Answer, WireError>,
    answer: (params: Params, signal: AbortSignal) => Promise<Answer>,
  ): void {
    this.connection.onRequest<unknown, WireError>(type.method, async (params: Params, token: CancellationToken) => {
      this.#inFlight++;
      const controller = new AbortController();
      const listening = token.onCancellationRequested(() => controller.abort());
      try {
        return await answer(params, controller.signal);
      } catch (error) {
        return encodeError(error);
      } finally {
        listening.dispose();
        if (--this.#inFlight === 0) this.#idle?.();
      }
    });
  }

  hear<Params>(type: NotificationType<Params>, hear: (params: Params) => void): void {
    this.connection.onNotification(type, hear);
  }

  /** Resolves once no request of the other side is being answered. */
  async idle(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }
}
