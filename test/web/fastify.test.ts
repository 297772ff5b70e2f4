import type { Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import fastify, { type FastifyInstance } from "fastify";
import type { Host } from "#src/container/host.js";
import type { HookContext } from "#src/hooks/context.js";
import { contextOf } from "./context-of.js";
import { describeAdapter, type ServerParts } from "./describe-adapter.js";

// #region recipe
declare module "fastify" {
  interface FastifyRequest {
    hookContext: HookContext;
  }
}

/** Asks the modules first, before Fastify reads the body. Your routes find `request.hookContext`. */
export function addModules(app: FastifyInstance, host: Pick<Host, "fetch">): void {
  app.decorateRequest("hookContext");
  app.addHook("onRequest", (incoming, reply, next) => {
    // Fastify's own log names the request by the same id.
    const context = contextOf(reply.raw, incoming.id);
    incoming.hookContext = context;
    const listener = getRequestListener(
      async (request) => {
        const response = await host.fetch(request, context);
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
  });
}
// #endregion recipe

async function start({ host, wait }: ServerParts): Promise<Server> {
  const app = fastify();
  addModules(app, host);
  app.get("/own", async () => "own");
  app.get("/own/waits", async ({ hookContext }) => wait(hookContext));
  app.post("/own", async (request) => request.body);
  await app.listen({ port: 0 });
  return app.server;
}

describeAdapter("Fastify", start);
