/** A value, or the promise of it. @public */
export type MaybePromise<T> = T | Promise<T>;

/** What callbacks learn about the request they work for; the last argument of every hook. @public */
export interface HookContext {
  /** Aborted when the request is cancelled. */
  readonly signal?: AbortSignal;
  /** The homeserver's name for the request; it's in every log line about a callback. */
  readonly requestId?: string;
  /** Whether a client of this homeserver or another homeserver caused the request. */
  readonly origin?: "local" | "federation";
  /**
   * When the homeserver gives the request up, in milliseconds since the epoch. Callbacks that return a promise and haven't
   * answered 200 milliseconds before it count as failed, and so do those that follow them.
   */
  readonly deadline?: number;
}

/** The context that callbacks receive if the homeserver passed none. */
export const NO_CONTEXT: HookContext = Object.freeze({});
