import { CancelledError, isCancellation } from "../errors/cancelled-error.js";
import type { HookContext } from "../hooks/context.js";

/** By what a context says whether its request is cancelled, where its signal is made when it's read: that costs more than a dispatch. */
export const IS_CANCELLED: unique symbol = Symbol("is cancelled");

/** Whether the request of a context is cancelled. */
export function isAborted(context: HookContext & { readonly [IS_CANCELLED]?: boolean }): boolean {
  return context[IS_CANCELLED] ?? context.signal?.aborted === true;
}

/** Whether an error means that the request was cancelled: an `AbortError` of a callback's own doesn't. */
export function isCancelled(error: Error, { signal }: HookContext): boolean {
  return signal?.aborted === true && isCancellation(error);
}

/**
 * What the caller of a cancelled dispatch sees, whatever the callback did.
 *
 * @param error what the callback threw, if it did
 */
export function cancelled({ signal, requestId }: HookContext, error?: unknown): unknown {
  if (isCancellation(error)) return error;
  return new CancelledError(requestId === undefined ? undefined : `request ${requestId} was cancelled`, {
    cause: error ?? signal?.reason,
  });
}
