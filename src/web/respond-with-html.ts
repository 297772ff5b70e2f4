/**
 * A page for a browser, in UTF-8, which other sites cannot show in a frame. Escape what comes from users yourself.
 * (`respond_with_html` in Synapse)
 *
 * @param status the HTTP status, such as 200.
 */
export function respondWithHtml(status: number, html: string): Response {
  const body = new TextEncoder().encode(html);
  return new Response(body, {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Length": String(body.byteLength),
      "Content-Security-Policy": "frame-ancestors 'none';",
      "X-Frame-Options": "DENY",
    },
  });
}
