import type { WireBody, WireRequest, WireResponse } from "./protocol.js";

/** A body that arrives in pieces, or whole. */
type Body = Buffer<ArrayBuffer> | ReadableStream<Uint8Array>;

/** Where the bodies of what crosses are read. */
export type ReadBodyOf = (body: WireBody) => Body;

/** A request as it crosses. `body` says how its body is read; the request itself isn't changed. */
export function encodeRequest(request: Request, id: number | null, body: WireBody | null): WireRequest {
  return { id, method: request.method, url: request.url, headers: [...request.headers], body };
}

export function decodeRequest(
  { method, url, headers, body }: WireRequest,
  read: ReadBodyOf,
  signal?: AbortSignal,
): Request {
  const isRefused = REFUSED.includes(method.toUpperCase());
  const request = new Request(url, {
    method: isRefused ? "GET" : method,
    headers: pairs(headers),
    ...(signal && { signal }),
    // The standard requires it for a streaming body.
    ...(body && !isRefused && { body: read(body), duplex: "half" }),
  });
  return isRefused ? Object.defineProperty(request, "method", { value: method }) : request;
}

/** Methods that `Request` refuses. A client may send them all the same, and is answered that no resource has them. */
const REFUSED: readonly string[] = ["CONNECT", "TRACE", "TRACK"];

export function encodeResponse({ status, headers }: Response, body: WireBody | null): WireResponse {
  return { status, headers: [...headers], body };
}

/** Statuses that allow no body: `Response` refuses even an empty one. */
const BODYLESS: readonly number[] = [101, 204, 205, 304];

export function decodeResponse({ status, headers, body }: WireResponse, read: ReadBodyOf): Response {
  const content = body && read(body);
  return new Response(BODYLESS.includes(status) ? null : content, { status, headers: pairs(headers) });
}

function pairs(headers: WireRequest["headers"]): [string, string][] {
  return headers.map(([name, value]) => [name, value]);
}
