import { IS_CANCELLED } from "../../dispatch/cancellation.js";
import type { HookContext } from "../../hooks/context.js";
import type { IncomingRequest } from "../wire/incoming-request.js";

/** What crosses of a context. */
type CrossedContext = { readonly [Member in "requestId" | "origin" | "deadline"]?: HookContext[Member] | undefined };

/** The context of a call from another process. Most callbacks don't look at the signal, which is costly to make. */
export class WireContext implements HookContext {
  // Declared and not defined: only what the call has is there.
  declare readonly requestId?: string;
  declare readonly origin?: "local" | "federation";
  declare readonly deadline?: number;
  readonly #request: IncomingRequest;

  constructor({ requestId, origin, deadline }: CrossedContext, request: IncomingRequest) {
    if (requestId !== undefined) this.requestId = requestId;
    if (origin !== undefined) this.origin = origin;
    if (deadline !== undefined) this.deadline = deadline;
    this.#request = request;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  get [IS_CANCELLED](): boolean {
    return this.#request.isCancelled;
  }
}
