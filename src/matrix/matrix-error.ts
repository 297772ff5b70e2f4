import { brand } from "../errors/brand.js";
import { Codes, type Code } from "./codes.js";

/** Options of a {@link MatrixError}. @public */
export interface MatrixErrorOptions {
  /** Further members of the body, beside `errcode` and `error`. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Headers of the response. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/**
 * An error that Matrix clients understand: a status, an `errcode` and a message. Callbacks may throw it; hooks whose
 * policy lets errors through pass it to the client unchanged. (Matrix specification, "Standard error response";
 * `SynapseError` in Synapse.)
 *
 * @public
 */
export class MatrixError extends Error {
  static {
    brand(this, "MatrixError");
  }

  readonly status: number;
  readonly errcode: Code;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  /** @param status the HTTP status; @param message becomes `error` in the body. */
  constructor(status: number, message: string, errcode: Code = Codes.UNKNOWN, options: MatrixErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.status = status;
    this.errcode = errcode;
    this.fields = options.fields ?? {};
    this.headers = options.headers ?? {};
  }

  /** The JSON body of the response; fields called `errcode` and `error` win. A subclass may override it to add members. */
  body(): Record<string, unknown> {
    return { errcode: this.errcode, error: this.message, ...this.fields };
  }
}

/** The request carries no access token, or an invalid one: 401. @public */
export class InvalidCredentialsError extends MatrixError {
  static {
    brand(this, "InvalidCredentialsError");
  }

  /** @param softLogout whether the client may keep its data and log in again. */
  constructor(
    message = "Unrecognised access token",
    errcode: Code = Codes.UNKNOWN_TOKEN,
    options: MatrixErrorOptions & { softLogout?: boolean } = {},
  ) {
    const fields =
      options.softLogout === undefined ? options.fields : { ...options.fields, soft_logout: options.softLogout };
    super(401, message, errcode, { ...options, ...(fields && { fields }) });
  }
}

/** The requested thing doesn't exist: 404 `M_NOT_FOUND`. @public */
export class NotFoundError extends MatrixError {
  static {
    brand(this, "NotFoundError");
  }

  constructor(message = "Not found", options: MatrixErrorOptions = {}) {
    super(404, message, Codes.NOT_FOUND, options);
  }
}

/**
 * Too many requests: 429 `M_LIMIT_EXCEEDED`, with `retry_after_ms` and a `Retry-After` header in whole seconds.
 *
 * @public
 */
export class LimitExceededError extends MatrixError {
  static {
    brand(this, "LimitExceededError");
  }

  constructor(message = "Too many requests", options: { retryAfterMs?: number; cause?: unknown } = {}) {
    const { retryAfterMs, ...rest } = options;
    super(429, message, Codes.LIMIT_EXCEEDED, {
      ...rest,
      ...(retryAfterMs !== undefined && {
        fields: { retry_after_ms: retryAfterMs },
        headers: { "Retry-After": String(Math.ceil(retryAfterMs / 1000)) },
      }),
    });
  }
}

/**
 * Thrown by a web resource that answers with HTML, to redirect the browser. JSON endpoints don't understand it.
 * (`RedirectException` in Synapse.)
 *
 * @public
 */
export class RedirectError extends Error {
  static {
    brand(this, "RedirectError");
  }

  /** @param cookies whole values of `Set-Cookie` headers. */
  constructor(
    readonly location: string,
    readonly status: 301 | 302 | 303 | 307 | 308 = 302,
    readonly cookies: readonly string[] = [],
  ) {
    super(`Redirect to ${location}`);
    this.name = "RedirectError";
  }
}
