import { brand } from "./brand.js";
import { ERRORS, type ErrorCode } from "./catalogue.js";

/** Options of a {@link LigandError}. @public */
export interface LigandErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** What to do next; by default the remedy of the error catalogue. */
  readonly remedy?: string;
}

/**
 * An error that Ligand itself reports. `code` is stable and listed in `docs/errors.md`; `message` says what's wrong, with
 * the actual value; `remedy` says what to do.
 *
 * @public
 */
export class LigandError extends Error {
  static {
    brand(this, "LigandError");
  }

  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options: LigandErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    this.remedy = options.remedy ?? ERRORS[code].remedy;
  }
}
