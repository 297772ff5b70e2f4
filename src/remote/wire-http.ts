import type { WireRequest, WireResponse } from "./protocol.js";

/** A request as it crosses. Its body is read. */
export async function encodeRequest(request: Request, id: number): Promise<WireRequest> {
  const body = request.body === null ? null : Buffer.from(await request.arrayBuffer()).toString("base64");
  return { id, method: request.method, url: request.url, headers: [...request.headers], body };
}

export function decodeRequest({ method, url, headers, body }: WireRequest, signal: AbortSignal): Request {
  return new Request(url, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    signal,
    ...(body !== null && { body: Buffer.from(body, "base64") }),
  });
}

/** A response as it crosses. Its body is read. */
export async function encodeResponse(response: Response): Promise<WireResponse> {
  const body = Buffer.from(await response.arrayBuffer()).toString("base64");
  return { status: response.status, headers: [...response.headers], body };
}

/** Statuses that allow no body: `Response` refuses even an empty one. */
const BODYLESS: readonly number[] = [101, 204, 205, 304];

export function decodeResponse({ status, headers, body }: WireResponse): Response {
  return new Response(BODYLESS.includes(status) ? null : Buffer.from(body, "base64"), {
    status,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  });
}
