import type { Writable } from "node:stream";

/** What may accompany a request. */
export interface HttpOptions {
  /** Become the query string; a list gives one pair per item. */
  readonly args?: HttpArguments;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Names and values of a query string or of a form. */
export type HttpArguments = Readonly<
  Record<string, string | number | boolean | readonly (string | number | boolean)[]>
>;

/** What may accompany a request whose body is given as it is. */
export interface HttpRequestOptions extends HttpOptions {
  readonly body?: string | Uint8Array;
}

/** What may accompany a download. */
export interface GetFileOptions extends HttpOptions {
  /** Bytes. */
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

/** Makes HTTP requests. (`SimpleHttpClient` of the reference, `ModuleApi.http_client`, 1.22.) */
export abstract class HttpClient {
  /** GET, and parse the body. */
  abstract getJson(uri: string, options?: HttpOptions): Promise<unknown>;
  /** POST a JSON body, and parse the answer. */
  abstract postJsonGetJson(uri: string, json: unknown, options?: HttpOptions): Promise<unknown>;
  /** POST a form, and parse the answer. */
  abstract postUrlencodedGetJson(uri: string, form?: HttpArguments, options?: HttpOptions): Promise<unknown>;
  /** PUT a JSON body, and parse the answer. */
  abstract putJson(uri: string, json: unknown, options?: HttpOptions): Promise<unknown>;
  /** GET the bytes of the body. */
  abstract getRaw(uri: string, options?: HttpOptions): Promise<Uint8Array>;
  /** Downloads a file into a stream. */
  abstract getFile(url: string, stream: Writable, options?: GetFileOptions): Promise<DownloadedFile>;
  /** Any request; the response comes as it is, whatever its status. */
  abstract request(method: string, uri: string, options?: HttpRequestOptions): Promise<Response>;
}
