import type { HookContext } from "../hooks/context.js";

/**
 * The context of a callback that has a budget: the request's, with a signal of its own. The signal is made when it is
 * read, because an `AbortController` costs more than the rest of a dispatch.
 */
export class CallContext implements HookContext {
  // Declared and not defined: only what the request has is there.
  declare readonly requestId?: string;
  declare readonly origin?: "local" | "federation";
  declare readonly deadline?: number;
  readonly #request: HookContext;
  #controller: AbortController | undefined;
  /** Stops following the request's signal. */
  #leave: (() => void) | undefined;
  #isSettled = false;
  #givenUpBecause: Error | undefined;

  constructor(request: HookContext) {
    this.#request = request;
    const { requestId, origin, deadline } = request;
    if (requestId !== undefined) this.requestId = requestId;
    if (origin !== undefined) this.origin = origin;
    if (deadline !== undefined) this.deadline = deadline;
  }

  /** Aborted when the request is cancelled, and when the callback's budget has ended. */
  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    const controller = (this.#controller = new AbortController());
    if (this.#givenUpBecause) controller.abort(this.#givenUpBecause);
    else if (!this.#isSettled) this.#follow(this.#request.signal, controller);
    return controller.signal;
  }

  get isGivenUp(): boolean {
    return this.#givenUpBecause !== undefined;
  }

  /** The callback has answered: what happens to its request no longer concerns it. */
  settle(): void {
    this.#isSettled = true;
    this.#leave?.();
  }

  /** The callback's budget has ended: what it does from now on changes nothing. */
  giveUp(because: Error): void {
    this.#givenUpBecause = because;
    this.settle();
  }

  /** Fires the signal of a callback that was given up. */
  abort(): void {
    this.#controller?.abort(this.#givenUpBecause);
  }

  #follow(signal: AbortSignal | undefined, controller: AbortController): void {
    if (!signal) return;
    const abort = () => controller.abort(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    this.#leave = () => signal.removeEventListener("abort", abort);
  }
}
