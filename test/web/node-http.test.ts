import { createServer, type RequestListener, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { describeAdapter, type HostLike } from "./describe-adapter.js";

// #region recipe
/** A listener that asks the modules first, and the server's own listener about what none of them serves. */
function withModules(host: HostLike, own: RequestListener): RequestListener {
  return (incoming, outgoing) => {
    const listener = getRequestListener(
      async (request) => {
        const response = await host.fetch(request);
        if (response) return response;
        own(incoming, outgoing);
        return RESPONSE_ALREADY_SENT;
      },
      { overrideGlobalObjects: false, autoCleanupIncoming: false },
    );
    void listener(incoming, outgoing);
  };
}
// #endregion recipe

async function start(host: HostLike): Promise<Server> {
  const own: RequestListener = async (incoming, outgoing) => {
    if (incoming.url !== "/own") outgoing.writeHead(404).end();
    else outgoing.end(incoming.method === "POST" ? await text(incoming) : "own");
  };
  return createServer(withModules(host, own)).listen(0);
}

describeAdapter("node:http", start);
