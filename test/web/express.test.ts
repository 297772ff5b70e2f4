import type { Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import express, { type RequestHandler } from "express";
import type { Host } from "#src/container/host.js";
import type { HookContext } from "#src/hooks/context.js";
import { contextOf } from "./context-of.js";
import { describeAdapter, type ServerParts } from "./describe-adapter.js";

// #region recipe
/** Asks the modules first. Use it before middleware that reads bodies. Your routes find `response.locals.context`. */
export function modules(host: Pick<Host, "fetch">): RequestHandler {
  return (incoming, outgoing, next) => {
    const context = contextOf(outgoing);
    outgoing.locals["context"] = context;
    const listener = getRequestListener(
      async (request) => {
        const response = await host.fetch(request, context);
        if (response) return response;
        next();
        return RESPONSE_ALREADY_SENT;
      },
      { overrideGlobalObjects: false, autoCleanupIncoming: false },
    );
    void listener(incoming, outgoing);
  };
}
// #endregion recipe

async function start({ host, wait }: ServerParts): Promise<Server> {
  const app = express();
  app.use(modules(host));
  app.use(express.text());
  app.get("/own", (_request, response) => void response.send("own"));
  app.get("/own/waits", (_request, response) => void wait(response.locals["context"] as HookContext));
  app.post("/own", (request, response) => void response.type("text").send(request.body));
  return app.listen(0);
}

describeAdapter("Express", start);
