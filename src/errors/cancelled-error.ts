import { brand } from "./brand.js";
import { caughtWithoutStack } from "./caught.js";
import { LigandError } from "./ligand-error.js";

/**
 * The request that a callback was working for was cancelled. Its `name` is `AbortError`, the platform's name for
 * cancellation, so code that knows only the platform's convention recognises it.
 *
 * @public
 */
export class CancelledError extends LigandError {
  static {
    brand(this, "CancelledError");
  }

  constructor(message = "the request was cancelled", options: { cause?: unknown } = {}) {
    super("LIGAND_CANCELLED", message, options);
    this.name = "AbortError";
  }
}

/** Whether an error means cancellation: a {@link CancelledError}, or any error named `AbortError`. @public */
export function isCancellation(error: unknown): boolean {
  return caughtWithoutStack(error).name === "AbortError";
}
