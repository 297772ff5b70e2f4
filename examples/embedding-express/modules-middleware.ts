import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { RequestHandler } from "express";
import type { Host } from "ligand";

/** Lets the modules answer the paths that they serve. Use it before middleware that reads bodies. */
export function modulesMiddleware(host: Host): RequestHandler {
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
