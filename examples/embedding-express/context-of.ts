import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { HookContext } from "ligand";

/** What callbacks may know of a request: an id that is in the logs, and a signal that aborts when its client goes away. */
export function contextOf(outgoing: ServerResponse): HookContext {
  const client = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) client.abort();
  });
  const requestId = randomUUID();
  outgoing.setHeader("X-Request-Id", requestId);
  return { origin: "local", requestId, signal: client.signal };
}
