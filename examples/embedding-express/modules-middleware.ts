import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { RequestHandler } from "express";
import type { Host } from "ligand";
import { contextOf } from "./context-of.js";

/**
 * Lets the modules answer the paths that they serve. Use it before middleware that reads bodies. Your routes find the
 * context for the hooks that they ask in `response.locals.context`.
 */
export function modulesMiddleware(host: Host): RequestHandler {
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
