import type { Writable } from "node:stream";
import { CancelledError } from "../errors/cancelled-error.js";
import { LigandError } from "../errors/ligand-error.js";
import { Codes } from "../matrix/codes.js";
import { MatrixError } from "../matrix/matrix-error.js";
import type { Clock } from "./clock.js";
import { download, readBody, refusalOf } from "./file-download.js";
import { HttpResponseError } from "./http-response-error.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** Names and values of a query string or of a form; a list gives one pair per item. */
export type HttpArguments = Readonly<
  Record<string, string | number | boolean | readonly (string | number | boolean)[]>
>;

/** What may accompany a request. */
export interface HttpOptions {
  /** Added to the query string of the address. */
  readonly args?: HttpArguments;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the request, its body included. */
  readonly signal?: AbortSignal;
  /** The time budget in milliseconds, in place of the client's own. */
  readonly timeoutMs?: number;
}

/** What may accompany a request whose response is read here. */
export interface HttpReadOptions extends HttpOptions {
  /** The most bytes that the body of the response may have; 10 MiB by default. */
  readonly maxSize?: number;
}

/** What may accompany a request whose body is given as it is. */
export interface HttpRequestOptions extends HttpOptions {
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** What may accompany a download. */
export interface GetFileOptions extends HttpOptions {
  /** Bytes; no limit by default. */
  readonly maxSize?: number;
  readonly isAllowedContentType?: (contentType: string) => boolean;
}

/** What was downloaded. */
export interface DownloadedFile {
  /** Bytes. */
  readonly length: number;
  readonly headers: Headers;
  /** The address after redirections. */
  readonly uri: string;
  readonly status: number;
}

/** A request with nothing left to decide. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | Uint8Array<ArrayBuffer> | null;
  readonly signal: AbortSignal;
}

const MAX_SIZE = 10 * 1024 * 1024;

/**
 * Makes HTTP requests. A response must arrive within the time budget, its body included; of {@link HttpClient.request},
 * whose body the caller reads, the headers must. (`SimpleHttpClient` in Synapse, `ModuleApi.http_client`, 1.22. There the
 * budget ends with the headers.)
 *
 * @throws {MatrixError} 504 when the time budget is over; 502 `M_TOO_LARGE` for a body larger than `maxSize`.
 * @throws {HttpResponseError} for a status outside of 200 to 299, except from {@link HttpClient.request}.
 * @throws {CancelledError} when the signal is aborted.
 * @throws {LigandError} `LIGAND_SERVICE_FAILED` when the server cannot be reached, or answers with text that is not JSON
 *   where JSON is wanted.
 */
export abstract class HttpClient {
  static readonly declaration: ServiceDeclaration<HttpClient> = {
    runsIn: "module",
    methods: {
      getJson: "reads",
      postJsonGetJson: "acts",
      postUrlencodedGetJson: "acts",
      putJson: "acts",
      getRaw: "reads",
      getFile: "reads",
      request: "acts",
    },
  };

  protected abstract readonly clock: Clock;
  /** The `User-Agent`, unless a request brings its own. */
  protected readonly userAgent: string = "Ligand";
  /** Milliseconds until a response has arrived. */
  protected readonly timeoutMs: number = 60_000;

  /** GET, and parse the body. (`get_json`.) */
  async getJson(uri: string, options: HttpReadOptions = {}): Promise<unknown> {
    return this.#read("GET", uri, { ...options, ...accepting(options) }, parseJson);
  }

  /** POST a JSON body, and parse the answer. (`post_json_get_json`.) */
  async postJsonGetJson(uri: string, json: unknown, options: HttpReadOptions = {}): Promise<unknown> {
    return this.#sendJson("POST", uri, json, options);
  }

  /** POST a form, and parse the answer. (`post_urlencoded_get_json`.) */
  async postUrlencodedGetJson(uri: string, form: HttpArguments = {}, options: HttpReadOptions = {}): Promise<unknown> {
    const body = appendAll(new URLSearchParams(), form).toString();
    const headers = accepting(options, { "Content-Type": "application/x-www-form-urlencoded" });
    return this.#read("POST", uri, { ...options, ...headers, body }, parseJson);
  }

  /** PUT a JSON body, and parse the answer. (`put_json`.) */
  async putJson(uri: string, json: unknown, options: HttpReadOptions = {}): Promise<unknown> {
    return this.#sendJson("PUT", uri, json, options);
  }

  /** GET the bytes of the body. (`get_raw`.) */
  async getRaw(uri: string, options: HttpReadOptions = {}): Promise<Uint8Array> {
    return this.#read("GET", uri, options, (body) => body);
  }

  /**
   * Downloads a file into a stream, and ends the stream; a download that breaks off destroys it. (`get_file`.)
   *
   * @throws {MatrixError} 502 for a status outside of 200 to 299, a content type that is not allowed, or a file larger
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

  /** Any request; the response comes as it is, whatever its status. (`request`.) */
  async request(method: string, uri: string, options: HttpRequestOptions = {}): Promise<Response> {
    return this.#within(method, uri, options, async (response) => response);
  }

  /** Sends a request and resolves with the headers of the response; the signal goes on to rule the body. */
  protected abstract send(request: OutgoingRequest): Promise<Response>;

  async #sendJson(method: string, uri: string, json: unknown, options: HttpReadOptions): Promise<unknown> {
    const headers = accepting(options, { "Content-Type": "application/json" });
    return this.#read(method, uri, { ...options, ...headers, body: JSON.stringify(json) }, parseJson);
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

  /** Sends a request, and does what is to be done with the response, all within the time budget. */
  async #within<T>(
    method: string,
    uri: string,
    options: HttpRequestOptions,
    use: (response: Response) => Promise<T>,
  ): Promise<T> {
    if (!URL.canParse(uri)) {
      throw new LigandError("LIGAND_ARGUMENT_INVALID", `${JSON.stringify(uri)} is not the address of a request`);
    }
    const url = new URL(uri);
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

/** Query strings may carry secrets: messages show addresses without them. */
function nameOf(method: string, { origin, pathname }: URL): string {
  return `${method} ${origin}${pathname}`;
}

/** The error that a caller receives: errors of the platform are its causes. */
function translated(error: unknown, what: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof LigandError || error instanceof MatrixError) return error;
  if (signal?.aborted) return new CancelledError(`${what} was cancelled`, { cause: error });
  return new LigandError("LIGAND_SERVICE_FAILED", `${what} failed`, { cause: error });
}

function parseJson(body: Uint8Array, { headers, status }: Response): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch (cause) {
    const type = headers.get("content-type") ?? "no content type";
    throw new LigandError("LIGAND_SERVICE_FAILED", `the response is not JSON (${type}, status ${status})`, { cause });
  }
}
