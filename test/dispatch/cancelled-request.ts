import type { HookContext } from "#src/hooks/context.js";

/** A request that is cancelled while its callback runs, and a callback that throws then. */
export function cancelledRequest(error: unknown): { readonly context: HookContext; readonly callback: () => never } {
  const request = new AbortController();
  return {
    context: { signal: request.signal },
    callback() {
      request.abort();
      throw error;
    },
  };
}
