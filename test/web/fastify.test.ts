import type { Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import fastify, { type onRequestHookHandler } from "fastify";
import { describeAdapter, type HostLike } from "./describe-adapter.js";

// #region recipe
/** A Fastify hook that lets the modules answer what they serve, before Fastify reads the body. */
function modules(host: HostLike): onRequestHookHandler {
  return (incoming, reply, next) => {
    const listener = getRequestListener(
      async (request) => {
        const response = await host.fetch(request);
        if (response) {
          reply.hijack();
          return response;
        }
        next();
        return RESPONSE_ALREADY_SENT;
      },
      { overrideGlobalObjects: false, autoCleanupIncoming: false },
    );
    void listener(incoming.raw, reply.raw);
  };
}
// #endregion recipe

async function start(host: HostLike): Promise<Server> {
  const app = fastify();
  app.addHook("onRequest", modules(host));
  app.get("/own", async () => "own");
  app.post("/own", async (request) => request.body);
  await app.listen({ port: 0 });
  return app.server;
}

describeAdapter("Fastify", start);
