import type { Writable } from "node:stream";
import { CancelledError } from "../errors/cancelled-error.js";
import { LigandError } from "../errors/ligand-error.js";
import { Codes } from "../matrix/codes.js";
import { jsonFault } from "../matrix/json.js";
import { MatrixError } from "../matrix/matrix-error.js";
import type { Clock } from "./clock.js";
import { download, readBody, refusalOf } from "./file-download.js";
import { HttpResponseError } from "./http-response-error.js";
import { requestable } from "./requestable-url.js";
import type { PrivacyOf } from "../matrix/privacy.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** Names and values of a query string or of a form; a list gives one pair for each item. @public */
export type HttpArguments = Readonly<
  Record<string, string | number | boolean | readonly (string | number | boolean)[]>
>;

/** Options of a request. @public */
export interface HttpOptions {
  /** Added to the query string of the URL. */
  readonly args?: HttpArguments;
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborts the request and its body. */
  readonly signal?: AbortSignal;
  /** How long the response may take, in milliseconds, in place of the client's own time-out. */
  readonly timeoutMs?: number;
}

/** What may accompany a request whose response is read here. @public */
export interface HttpReadOptions extends HttpOptions {
  /** The most bytes that the body of the response may have; 10 MiB by default. */
  readonly maxSize?: number;
}

/** Options of a request with a body that is sent as it is. @public */
export interface HttpRequestOptions extends HttpOptions {
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** Options of a download. @public */
export interface GetFileOptions extends HttpOptions {
  /** Bytes; no limit by default. */
  readonly maxSize?: number;
  readonly isAllowedContentType?: (contentType: string) => boolean;
}

/** A finished download. @public */
export interface DownloadedFile {
  /** Bytes. */
  readonly length: number;
  readonly headers: Headers;
  /** The URL after redirects. */
  readonly uri: string;
  readonly status: number;
}

/** Headers may hold credentials; URLs may hold keys in their query. */
const DOWNLOAD_PRIVACY = {
  length: "public",
  headers: "secret",
  uri: "body",
  status: "public",
} as const satisfies PrivacyOf<DownloadedFile>;

/** What may accompany a request. */
const HTTP_OPTIONS_PRIVACY = {
  args: "body",
  headers: "secret",
  signal: "public",
  timeoutMs: "public",
  maxSize: "public",
  body: "body",
  isAllowedContentType: "public",
} as const satisfies PrivacyOf<HttpReadOptions & HttpRequestOptions & GetFileOptions>;

/** A request, fully resolved. @public */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | Uint8Array<ArrayBuffer> | null;
  readonly signal: AbortSignal;
}

const MAX_SIZE = 10 * 1024 * 1024;

/**
 * Makes HTTP requests. A response must arrive within the time-out, its body included. For {@link HttpClient.request},
 * whose body the caller reads, only its headers must. (`SimpleHttpClient` in Synapse, `ModuleApi.http_client`, 1.22. There
 * the time-out ends with the headers.)
 *
 * @throws {MatrixError} 504 when the time-out expires; 502 `M_TOO_LARGE` for a body larger than `maxSize`.
 * @throws {HttpResponseError} for a status outside 200 to 299, except from {@link HttpClient.request}.
 * @throws {CancelledError} when the signal aborts.
 * @throws {LigandError} `LIGAND_SERVICE_FAILED` when the server can't be reached, or sends something other than JSON
 *   where JSON is expected.
 *
 * @public
 */
export abstract class HttpClient {
  static readonly declaration: ServiceDeclaration<HttpClient> = {
    runsIn: "module",
    methods: {
      getJson: { does: "reads", takes: ["body", HTTP_OPTIONS_PRIVACY], returns: "body" },
      postJsonGetJson: { does: "acts", takes: ["body", "body", HTTP_OPTIONS_PRIVACY], returns: "body" },
      postUrlencodedGetJson: { does: "acts", takes: ["body", "body", HTTP_OPTIONS_PRIVACY], returns: "body" },
      putJson: { does: "acts", takes: ["body", "body", HTTP_OPTIONS_PRIVACY], returns: "body" },
      getRaw: { does: "reads", takes: ["body", HTTP_OPTIONS_PRIVACY], returns: "body" },
      getFile: { does: "reads", takes: ["body", "public", HTTP_OPTIONS_PRIVACY], returns: DOWNLOAD_PRIVACY },
      request: {
        does: "acts",
        takes: ["public", "body", HTTP_OPTIONS_PRIVACY],
        returns: { status: "public", headers: "secret", "*": "body" },
      },
    },
  };

  protected abstract readonly clock: Clock;
  /** The `User-Agent`, unless a request sets its own. */
  protected readonly userAgent: string = "Ligand";
  /** How long a response may take, in milliseconds. */
  protected readonly timeoutMs: number = 60_000;

  /** GETs and parses a JSON body. (`get_json`.) */
  async getJson(uri: string, options: HttpReadOptions = {}): Promise<unknown> {
    return this.#read("GET", uri, { ...options, ...accepting(options) }, parseJson);
  }

  /** POSTs a JSON body, and parses the response. (`post_json_get_json`.) */
  async postJsonGetJson(uri: string, json: unknown, options: HttpReadOptions = {}): Promise<unknown> {
    return this.#sendJson("POST", uri, json, options);
  }

  /** POSTs a form, and parses the response. (`post_urlencoded_get_json`.) */
  async postUrlencodedGetJson(uri: string, form: HttpArguments = {}, options: HttpReadOptions = {}): Promise<unknown> {
    const body = appendAll(new URLSearchParams(), form).toString();
    const headers = accepting(options, { "Content-Type": "application/x-www-form-urlencoded" });
    return this.#read("POST", uri, { ...options, ...headers, body }, parseJson);
  }

  /** PUTs a JSON body, and parses the response. (`put_json`.) */
  async putJson(uri: string, json: unknown, options: HttpReadOptions = {}): Promise<unknown> {
    return this.#sendJson("PUT", uri, json, options);
  }

  /** GETs the bytes of the body. (`get_raw`.) */
  async getRaw(uri: string, options: HttpReadOptions = {}): Promise<Uint8Array> {
    return this.#read("GET", uri, options, (body) => body);
  }

  /**
   * Downloads a file into a stream, and ends the stream. If the download breaks off, the stream is destroyed. (`get_file`.)
   *
   * @throws {MatrixError} 502 for a status outside 200 to 299, a content type that isn't allowed, or a file larger
   *   than `maxSize` (`M_TOO_LARGE`).
   */
  async getFile(url: string, stream: Writable, options: GetFileOptions = {}): Promise<DownloadedFile> {
    const { maxSize = Number.POSITIVE_INFINITY, isAllowedContentType } = options;
    return this.#within("GET", url, options, async (response) => {
      const refusal = refusalOf(response, maxSize, isAllowedContentType);
      if (refusal) {
        await response.body?.cancel();
        throw refusal;
      }
      const length = await download(response, stream, maxSize);
      return { length, headers: response.headers, uri: response.url || url, status: response.status };
    });
  }

  /** Makes any request and returns the response unchanged, whatever its status. (`request`.) */
  async request(method: string, uri: string, options: HttpRequestOptions = {}): Promise<Response> {
    return this.#within(method, uri, options, async (response) => response);
  }

  /** Sends a request and resolves with the response's headers; the signal still governs the body. */
  protected abstract send(request: OutgoingRequest): Promise<Response>;

  async #sendJson(method: string, uri: string, json: unknown, options: HttpReadOptions): Promise<unknown> {
    const headers = accepting(options, { "Content-Type": "application/json" });
    return this.#read(method, uri, { ...options, ...headers, body: asJson(json) }, parseJson);
  }

  async #read<T>(
    method: string,
    uri: string,
    options: HttpRequestOptions & HttpReadOptions,
    read: (body: Uint8Array, response: Response) => T,
  ): Promise<T> {
    const { maxSize = MAX_SIZE } = options;
    return this.#within(method, uri, options, async (response) => {
      if (response.ok) return read(await readBody(response, maxSize), response);
      // The status says more than the size of what comes with it.
      const body = await readBody(response, maxSize).catch((error: unknown) => {
        if (error instanceof MatrixError) return new Uint8Array();
        throw error;
      });
      throw new HttpResponseError(response.status, response.statusText, body);
    });
  }

  /** Sends a request and uses its response, all within the time-out. */
  async #within<T>(
    method: string,
    uri: string,
    options: HttpRequestOptions,
    use: (response: Response) => Promise<T>,
  ): Promise<T> {
    const url = requestable(uri);
    appendAll(url.searchParams, options.args ?? {});
    const headers = new Headers(options.headers);
    if (!headers.has("user-agent")) headers.set("user-agent", this.userAgent);
    const { body = null, timeoutMs = this.timeoutMs } = options;
    const deadline = new AbortController();
    const timer = this.clock.setTimer(timeoutMs, () => deadline.abort());
    const signal = options.signal ? AbortSignal.any([options.signal, deadline.signal]) : deadline.signal;
    try {
      return await use(await this.send({ method, url, headers, body, signal }));
    } catch (error) {
      const what = nameOf(method, url);
      throw deadline.signal.aborted ? timedOut(what, timeoutMs) : translated(error, what, options.signal);
    } finally {
      timer.cancel();
    }
  }
}

function timedOut(what: string, timeoutMs: number): MatrixError {
  const message = `${what} had no response within ${timeoutMs} ms`;
  return new MatrixError(504, message, Codes.UNKNOWN, { cause: new LigandError("LIGAND_HTTP_TIMEOUT", message) });
}

function accepting(options: HttpOptions, more: Record<string, string> = {}): { headers: Record<string, string> } {
  return { headers: { Accept: "application/json", ...more, ...options.headers } };
}

function appendAll(target: URLSearchParams, args: HttpArguments): URLSearchParams {
  for (const [name, value] of Object.entries(args)) {
    for (const item of Array.isArray(value) ? value : [value]) target.append(name, String(item));
  }
  return target;
}

/** Query strings may carry secrets, so messages show URLs without them. */
function nameOf(method: string, { origin, pathname }: URL): string {
  return `${method} ${origin}${pathname}`;
}

/** The error that a caller receives; errors of the platform become its causes. */
function translated(error: unknown, what: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof LigandError || error instanceof MatrixError) return error;
  if (signal?.aborted) return new CancelledError(`${what} was cancelled`, { cause: error });
  return new LigandError("LIGAND_SERVICE_FAILED", `${what} failed`, { cause: error });
}

/** What has a `toJSON`, such as a date, is no fault. */
function asJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    const fault = jsonFault(value) ?? "a value that can't be read";
    throw new LigandError("LIGAND_ARGUMENT_INVALID", `JSON can't carry the body of the request: ${fault}`, { cause });
  }
}

function parseJson(body: Uint8Array, { headers, status }: Response): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch (cause) {
    const type = headers.get("content-type") ?? "no content type";
    throw new LigandError("LIGAND_SERVICE_FAILED", `the response is not JSON (${type}, status ${status})`, { cause });
  }
}
