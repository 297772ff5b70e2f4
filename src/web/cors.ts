/** The headers that let a web page read a response. (Matrix specification, "Web browser clients") */
const CORS_HEADERS: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
  "Access-Control-Allow-Headers": "X-Requested-With, Content-Type, Authorization",
};

/** Answers a browser's preflight request: whether a page may make the real one. */
export function preflightResponse(): Response {
  return new Response(null, { status: 204, headers: CORS_HEADERS });
}

/** Adds CORS headers to a JSON response; returns any other response unchanged. */
export function withCorsForJson(response: Response): Response {
  if (!JSON_TYPE.test(response.headers.get("Content-Type") ?? "")) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(CORS_HEADERS)) if (!headers.has(name)) headers.set(name, value);
  // A copy, because the headers of a response from fetch() are immutable.
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i;
