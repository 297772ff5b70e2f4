/**
 * A page for a browser, in UTF-8, that other sites can't frame. Escape user input yourself.
 * (`respond_with_html` in Synapse)
 *
 * @param status the HTTP status, such as 200.
 *
 * @public
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
