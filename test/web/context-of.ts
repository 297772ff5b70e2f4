import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { HookContext } from "#src/hooks/context.js";

// #region recipe
/** What hooks need to know of a request: an id for the log, and a signal that aborts when the client goes away. */
export function contextOf(outgoing: ServerResponse, requestId: string = randomUUID()): HookContext {
  const client = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) client.abort();
  });
  outgoing.setHeader("X-Request-Id", requestId);
  return { origin: "local", requestId, signal: client.signal };
}
// #endregion recipe
