/** The headers by which browsers let a page read a response. (Matrix specification, "Web browser clients") */
const CORS_HEADERS: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
  "Access-Control-Allow-Headers": "X-Requested-With, Content-Type, Authorization",
};

/** The answer to a browser that asks, before a request, whether a page may make it. */
export function preflightResponse(): Response {
  return new Response(null, { status: 204, headers: CORS_HEADERS });
}

/** A JSON response with CORS headers beside its own; any other response as it is. */
export function withCorsForJson(response: Response): Response {
  if (!JSON_TYPE.test(response.headers.get("Content-Type") ?? "")) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(CORS_HEADERS)) if (!headers.has(name)) headers.set(name, value);
  // A copy, because the headers of a response that came from fetch() cannot be changed.
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i;
