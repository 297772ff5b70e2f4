import { Codes, MatrixError, type Code, type JsonObject } from "#src/index.js";
import { TEST_ORIGIN } from "#src/testing/endpoint.js";

/** What is sent beside the path. */
export interface Sent {
  readonly body?: JsonObject | Uint8Array<ArrayBuffer>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client that knows nothing but HTTP. */
export class HttpClient {
  constructor(
    readonly url: string,
    readonly accessToken?: string,
  ) {}

  /** A path whose parts are encoded. */
  static path(start: string, ...parts: readonly string[]): string {
    return [start, ...parts.map(encodeURIComponent)].join("/");
  }

  /** The response as it is. */
  async fetch(method: string, path: string, { body, query = {}, headers = {} }: Sent = {}): Promise<Response> {
    const search = new URLSearchParams(query).toString();
    return fetch(`${this.url}${path}${search && "?"}${search}`, {
      method,
      headers: {
        "User-Agent": TEST_ORIGIN.userAgent ?? "",
        // Half a second after an answer that didn't need the body, the server closes the connection: it may just be in use again.
        Connection: "close",
        ...(this.accessToken !== undefined && { Authorization: `Bearer ${this.accessToken}` }),
        ...headers,
      },
      ...(body && { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
    });
  }

  /** The body of a success. @throws {MatrixError} what the response says, where it is none. */
  async ask<T = JsonObject>(method: string, path: string, sent?: Sent): Promise<T> {
    const response = await this.fetch(method, path, sent);
    const body = (await response.json()) as JsonObject;
    if (response.ok) return body as T;
    const { errcode = Codes.UNAUTHORIZED, error = "", ...fields } = body;
    throw new MatrixError(response.status, String(error), errcode as Code, { fields });
  }
}
