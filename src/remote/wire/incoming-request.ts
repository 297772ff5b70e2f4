import type { RequestMessage } from "./json-rpc.js";

/** A request of the other side, from its arrival until it's answered. */
export class IncomingRequest {
  #controller: AbortController | undefined;
  #cancellation: { readonly reason: unknown } | undefined;
  #whenCancelled: (() => void) | undefined;

  constructor(readonly message: RequestMessage) {}

  /** Aborted when the other side cancels the request, and when the connection ends. Made only for code that reads it. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#cancellation) this.#controller.abort(this.#cancellation.reason);
    }
    return this.#controller.signal;
  }

  get isCancelled(): boolean {
    return this.#cancellation !== undefined;
  }

  cancel(reason?: unknown): void {
    if (this.#cancellation) return;
    this.#cancellation = { reason };
    this.#controller?.abort(reason);
    this.#whenCancelled?.();
  }

  /** Calls back if it's cancelled before it's answered. */
  whenCancelled(callback: () => void): void {
    this.#whenCancelled = callback;
  }
}
