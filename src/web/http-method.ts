/** The HTTP methods that a web resource can declare. */
export const HTTP_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
/** An HTTP method that a web resource can declare. @public */
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** The methods of a web resource that declares none; `HEAD` and `OPTIONS` follow from them. */
export const DEFAULT_METHODS: readonly HttpMethod[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
