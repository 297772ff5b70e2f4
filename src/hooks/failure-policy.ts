import { ModuleFailedError } from "../errors/module-failed-error.js";
import { MatrixError } from "../matrix/matrix-error.js";
import { Codes } from "../matrix/codes.js";
import type { HookContext } from "./context.js";

/** What happens after a callback threw: the next callback is called, an answer replaces it, or the dispatch ends. */
export type FailureOutcome =
  | { readonly kind: "skip" }
  | { readonly kind: "answer"; readonly value: unknown }
  | { readonly kind: "propagate"; readonly error: unknown };

/**
 * The log level of a failure. A `MatrixError` that propagates may be a refusal by the module, or come from a service
 * that it used: `info`. A cancellation that propagates is the client's doing: `debug`.
 */
export type FailureLevel = "debug" | "info" | "warn" | "error";

/** What an error thrown by a callback does to the dispatch of its hook. Pure. */
export interface FailurePolicy {
  /** The policy in a few words, for documentation. */
  readonly name: string;
  /**
   * What an error leads to.
   *
   * @param callback names the callback for the message of a wrapping error
   * @param isCancelled whether the error means that the request was cancelled: it's an `AbortError`, and the request's
   *   signal is aborted
   * @param context the request's
   */
  outcome(error: unknown, callback: string, isCancelled?: boolean, context?: HookContext): FailureOutcome;
  level(error: unknown, isCancelled?: boolean, context?: HookContext): FailureLevel;
}

const SKIP: FailureOutcome = Object.freeze({ kind: "skip" });

/** An answer to use instead of the callback's. */
export function answerWith(value: unknown): FailureOutcome {
  return { kind: "answer", value };
}

function propagated(error: unknown): FailureOutcome {
  return { kind: "propagate", error };
}

function levelOfPropagation(error: unknown, isCancelled?: boolean): FailureLevel {
  if (error instanceof MatrixError) return "info";
  return isCancelled ? "debug" : "error";
}

/** Every error reaches the operation unchanged; later callbacks aren't called. */
export const propagate: FailurePolicy = {
  name: "the error reaches the operation",
  outcome: propagated,
  level: levelOfPropagation,
};

/** An error is logged and counts as no answer. A cancellation is rethrown, unless `catchCancellation`. */
export function skip(level: "warn" | "error", { catchCancellation = false } = {}): FailurePolicy {
  return {
    name: catchCancellation ? "logged, next callback; cancellation too" : "logged, next callback",
    outcome: (error, _callback, isCancelled) => (!catchCancellation && isCancelled ? propagated(error) : SKIP),
    level: (_error, isCancelled) => (!catchCancellation && isCancelled ? "debug" : level),
  };
}

/** A `MatrixError` and a cancellation pass; another error becomes a {@link ModuleFailedError}. */
export const failModule: FailurePolicy = {
  name: "`MatrixError` passes; another error becomes `ModuleFailedError` (500)",
  outcome: (error, callback, isCancelled) =>
    error instanceof MatrixError || isCancelled
      ? propagated(error)
      : propagated(new ModuleFailedError(`${callback} failed`, { cause: error })),
  level: levelOfPropagation,
};

/** A `MatrixError` passes; another error, also a cancellation, becomes 403 `M_UNKNOWN`. */
export const forbid: FailurePolicy = {
  name: "`MatrixError` passes; another error becomes 403 `M_UNKNOWN`; cancellation too",
  outcome: (error) =>
    propagated(
      error instanceof MatrixError
        ? error
        : new MatrixError(403, "This is not allowed", Codes.UNKNOWN, { cause: error }),
    ),
  level: (error) => (error instanceof MatrixError ? "info" : "error"),
};

/** A cancellation passes; another error, also a `MatrixError`, becomes 500 `M_UNKNOWN`. */
export const failInternally: FailurePolicy = {
  name: "every error but a cancellation becomes 500 `M_UNKNOWN`",
  outcome: (error, _callback, isCancelled) =>
    propagated(isCancelled ? error : new MatrixError(500, "Internal server error", Codes.UNKNOWN, { cause: error })),
  level: (_error, isCancelled) => (isCancelled ? "debug" : "error"),
};

/** Whether a callback refuses by throwing, as its hook allows: a `MatrixError` that blames the client, and that passes. */
export function isRefusal(error: Error, policy: FailurePolicy): boolean {
  if (!(error instanceof MatrixError) || error.status < 400 || error.status > 499) return false;
  const outcome = policy.outcome(error, "");
  return outcome.kind === "propagate" && outcome.error === error;
}
