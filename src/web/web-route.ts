import type { Logger } from "winston";
import { caught } from "../errors/caught.js";
import { LigandError } from "../errors/ligand-error.js";
import { someRequestIds } from "../dispatch/callback-reports.js";
import { UNKNOWN, type Watchdog, type Watched } from "../dispatch/watchdog.js";
import { moduleLogger } from "../logging/module-logger.js";
import { Codes } from "../matrix/codes.js";
import { preflightResponse, withCorsForJson } from "./cors.js";
import { matrixErrorResponse, responseToError } from "./error-response.js";
import { HTTP_METHODS, type HttpMethod } from "./http-method.js";
import { recordRequestId } from "./request-ids.js";
import { watchedBody } from "./watched-body.js";
import type { WebModule, WebMount } from "./web-mount.js";
import type { WebCallback } from "./web-resource.js";

/** What one module serves at one path. Answers every request, whatever the module's callback does. */
export class WebRoute {
  readonly module: WebModule;
  readonly path: string;
  readonly #callbacks = new Map<string, WebCallback>();
  readonly #logger: Logger;

  /**
   * @param mounts the module's resources at one path; the first one answers for each HTTP method.
   * @param watchdog notices requests that are never answered.
   */
  constructor(
    mounts: readonly [WebMount, ...WebMount[]],
    logger: Logger,
    private readonly watchdog: Watchdog,
  ) {
    this.module = mounts[0].module;
    this.path = mounts[0].path;
    this.#logger = moduleLogger(logger, this.module);
    for (const { methods, handle } of mounts) {
      for (const method of methods) {
        if (!this.#callbacks.has(method)) this.#callbacks.set(method, handle);
      }
    }
  }

  /** The HTTP methods that get a real answer, including those that Ligand adds. */
  get methods(): readonly HttpMethod[] {
    return HTTP_METHODS.filter(
      (method) =>
        this.#callbacks.has(method) || method === "OPTIONS" || (method === "HEAD" && this.#callbacks.has("GET")),
    );
  }

  async answer(request: Request, requestId: string): Promise<Response> {
    const callback = this.#callbacks.get(request.method);
    if (callback) return this.#call(callback, request, requestId);
    if (request.method === "OPTIONS") return preflightResponse();
    const get = request.method === "HEAD" ? this.#callbacks.get("GET") : undefined;
    if (get) return withoutBody(await this.#call(get, asGet(request), requestId));
    const headers = { Allow: this.methods.join(", ") };
    return withCorsForJson(matrixErrorResponse(405, Codes.UNRECOGNIZED, "Unrecognized request", headers));
  }

  /** What the watchdog knows its requests by. */
  readonly report: Watched["report"] = (_index, contexts, pendingMs) => {
    const seconds = Math.round(pendingMs / 100) / 10;
    const requestIds = someRequestIds(contexts);
    const hangs =
      contexts.length === 1
        ? { what: `hasn't answered for ${seconds} s`, ids: { requestId: requestIds[0] } }
        : {
            what: `hasn't answered ${contexts.length} requests; they have waited ${seconds} s`,
            ids: { requestIds },
          };
    this.#logger.warn(`the web resource ${this.path} ${hangs.what}`, { ...hangs.ids, path: this.path });
  };

  async #call(callback: WebCallback, request: Request, requestId: string): Promise<Response> {
    const meta = { requestId, path: this.path };
    const failed = (what: string) => (error: unknown) =>
      this.#logger.error(`the web resource ${this.path} failed${what}`, { ...meta, error: caught(error) });
    const pending = pendingRequest(requestId, this.report);
    this.watchdog.enter(pending);
    recordRequestId(request, requestId);
    try {
      const response = withCorsForJson(await responseOf(callback, request));
      return watchedBody(response, failed(" in the middle of its response"));
    } catch (error) {
      failed("")(error);
      return withCorsForJson(matrixErrorResponse(500, Codes.UNKNOWN, "Internal server error"));
    } finally {
      this.watchdog.leave(pending);
    }
  }
}

/** A request as the watchdog sees it: waiting for a single callback. */
function pendingRequest(requestId: string, report: Watched["report"]): Watched {
  return { report, context: { requestId }, index: 0, since: UNKNOWN, isReported: false };
}

/** What a callback answers. @throws what it throws, unless that says what the response is; and for what is no response. */
export async function responseOf(callback: WebCallback, request: Request): Promise<Response> {
  let answer: unknown;
  try {
    answer = await callback(request);
  } catch (error) {
    const response = responseToError(error);
    if (response) return response;
    throw error;
  }
  if (isResponse(answer)) {
    const { status } = answer;
    if (!(Number.isInteger(status) && status >= 200 && status <= 599)) {
      throw new LigandError("LIGAND_ANSWER_ILLEGAL", `the response has the status ${status}; expected 200 to 599`, {
        remedy: "Return a `Response` with a status of HTTP; `Response.error()` is none.",
      });
    }
    if (!answer.bodyUsed && !answer.body?.locked) return answer;
    throw new LigandError("LIGAND_ANSWER_ILLEGAL", "the body of the response has already been read", {
      remedy: "Return a `Response` whose body hasn't been read, or a `clone()` made before reading it.",
    });
  }
  throw new LigandError("LIGAND_ANSWER_ILLEGAL", `the answer is of type ${typeof answer}; expected a Response`, {
    remedy: "Return a `Response`, such as `Response.json({})`.",
  });
}

/** By shape, because a host may have replaced the global `Response` (`@hono/node-server` does). */
function isResponse(value: unknown): value is Response {
  return (
    typeof value === "object" && value !== null && "status" in value && "headers" in value && "arrayBuffer" in value
  );
}

function asGet({ url, headers, signal }: Request): Request {
  return new Request(url, { method: "GET", headers, signal });
}

async function withoutBody({ status, statusText, headers, body }: Response): Promise<Response> {
  if (body && !body.locked) await body.cancel();
  return new Response(null, { status, statusText, headers });
}
