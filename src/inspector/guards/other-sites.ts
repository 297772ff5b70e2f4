/**
 * Whether a page of another site, or of another port of this machine, has its browser make the request. A plain navigation
 * is allowed: a link in an alert leads to the inspector.
 */
export function isFromOtherSite(request: Request): boolean {
  const { method, headers } = request;
  const site = headers.get("sec-fetch-site");
  if (site === null || site === "same-origin" || site === "none") return false;
  const isNavigation =
    method === "GET" && headers.get("sec-fetch-mode") === "navigate" && headers.get("sec-fetch-dest") === "document";
  return !isNavigation;
}

/** Whether a request that changes something comes from a page of the inspector itself. */
export function isFromOwnPage(request: Request): boolean {
  const origin = request.headers.get("origin");
  const host = request.headers.get("host") ?? new URL(request.url).host;
  // What is before the inspector may encrypt: the scheme is only known to the browser.
  return origin === `http://${host}` || origin === `https://${host}`;
}
