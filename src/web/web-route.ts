import type { Logger } from "winston";
import { caught } from "../errors/caught.js";
import { LigandError } from "../errors/ligand-error.js";
import { moduleLogger } from "../logging/module-logger.js";
import { Codes } from "../matrix/codes.js";
import { preflightResponse, withCorsForJson } from "./cors.js";
import { matrixErrorResponse, responseToError } from "./error-response.js";
import { HTTP_METHODS, type HttpMethod } from "./http-method.js";
import type { WebModule, WebMount } from "./web-mount.js";
import type { WebCallback } from "./web-resource.js";

/** What one module serves at one path. Answers every request, whatever the module's callback does. */
export class WebRoute {
  readonly module: WebModule;
  readonly path: string;
  readonly #callbacks = new Map<string, WebCallback>();
  readonly #logger: Logger;

  /** @param mounts the module's resources at one path; for one HTTP method the first one answers. */
  constructor(mounts: readonly [WebMount, ...WebMount[]], logger: Logger) {
    this.module = mounts[0].module;
    this.path = mounts[0].path;
    this.#logger = moduleLogger(logger, this.module);
    for (const { methods, handle } of mounts) {
      for (const method of methods) {
        if (!this.#callbacks.has(method)) this.#callbacks.set(method, handle);
      }
    }
  }

  /** The HTTP methods that get an answer of their own, those that Ligand adds included. */
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

  async #call(callback: WebCallback, request: Request, requestId: string): Promise<Response> {
    try {
      return withCorsForJson(await responseOf(callback, request));
    } catch (error) {
      this.#logger.error(`the web resource ${this.path} failed`, { requestId, path: this.path, error: caught(error) });
      return withCorsForJson(matrixErrorResponse(500, Codes.UNKNOWN, "Internal server error"));
    }
  }
}

async function responseOf(callback: WebCallback, request: Request): Promise<Response> {
  let answer: unknown;
  try {
    answer = await callback(request);
  } catch (error) {
    const response = responseToError(error);
    if (response) return response;
    throw error;
  }
  if (isResponse(answer)) return answer;
  throw new LigandError("LIGAND_ANSWER_ILLEGAL", `the answer is of type ${typeof answer}; expected a Response`, {
    remedy: "Return a `Response`, such as `Response.json({})`.",
  });
}

/** By shape, as a host may have replaced the global `Response` (`@hono/node-server` does). */
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
