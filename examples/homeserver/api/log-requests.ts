import type { MiddlewareHandler } from "hono";
import type { Logger } from "winston";
import type { Env } from "./request.js";

/** Names each request, in its response, too, and logs it once with what came of it. */
export function logRequests(logger: Logger): MiddlewareHandler<Env> {
  let requests = 0;
  return async (c, next) => {
    requests += 1;
    const requestId = `${c.req.method}-${requests}`;
    c.set("requestId", requestId);
    const start = performance.now();
    await next();
    c.header("X-Request-Id", requestId);
    const ms = Math.round(performance.now() - start);
    const { refusal, servedBy } = c.var;
    const by = servedBy === undefined ? "" : ` by ${servedBy}`;
    const why = refusal === undefined ? "" : `: ${refusal}`;
    logger.info(`${requestId} ${c.req.path} ${c.res.status}${by} ${ms} ms${why}`);
  };
}
