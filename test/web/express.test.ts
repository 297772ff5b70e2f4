import type { Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import express, { type RequestHandler } from "express";
import { describeAdapter, type HostLike } from "./describe-adapter.js";

// #region recipe
/** Middleware of Express that lets the modules answer what they serve. Use it before middleware that reads bodies. */
function modules(host: HostLike): RequestHandler {
  return (incoming, outgoing, next) => {
    const listener = getRequestListener(
      async (request) => {
        const response = await host.fetch(request);
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

async function start(host: HostLike): Promise<Server> {
  const app = express();
  app.use(modules(host));
  app.use(express.text());
  app.get("/own", (_request, response) => void response.send("own"));
  app.post("/own", (request, response) => void response.type("text").send(request.body));
  return app.listen(0);
}

describeAdapter("Express", start);
