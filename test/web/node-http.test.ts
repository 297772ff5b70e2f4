import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Host } from "#src/container/host.js";
import type { HookContext } from "#src/hooks/context.js";
import { contextOf } from "./context-of.js";
import { describeAdapter, type ServerParts } from "./describe-adapter.js";

// #region recipe
type OwnListener = (incoming: IncomingMessage, outgoing: ServerResponse, context: HookContext) => void;

/** Asks the modules first. What no module serves goes to your own listener, with the context for its hooks. */
export function withModules(host: Pick<Host, "fetch">, own: OwnListener): RequestListener {
  return (incoming, outgoing) => {
    const context = contextOf(outgoing);
    const listener = getRequestListener(
      async (request) => {
        const response = await host.fetch(request, context);
        if (response) return response;
        own(incoming, outgoing, context);
        return RESPONSE_ALREADY_SENT;
      },
      { overrideGlobalObjects: false, autoCleanupIncoming: false },
    );
    void listener(incoming, outgoing);
  };
}
// #endregion recipe

async function start({ host, wait }: ServerParts): Promise<Server> {
  const own: OwnListener = async (incoming, outgoing, context) => {
    if (incoming.url === "/own/waits") await wait(context);
    else if (incoming.url !== "/own") outgoing.writeHead(404).end();
    else outgoing.end(incoming.method === "POST" ? await text(incoming) : "own");
  };
  return createServer(withModules(host, own)).listen(0);
}

describeAdapter("node:http", start);
