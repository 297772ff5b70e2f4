import type { ErrorRecord } from "../decisions/decision-record.js";
import type { ErrorCode } from "../errors/catalogue.js";
import { ERRORS } from "../errors/catalogue.js";
import { LigandError } from "../errors/ligand-error.js";
import type { Code } from "../matrix/codes.js";
import { InvalidCredentialsError, LimitExceededError, MatrixError, NotFoundError } from "../matrix/matrix-error.js";

/** The errors that modules tell apart by their class. */
const CLASSES: Readonly<Record<string, (message: string) => Error>> = {
  NotFoundError: (message) => new NotFoundError(message),
  LimitExceededError: (message) => new LimitExceededError(message),
  InvalidCredentialsError: (message) => new InvalidCredentialsError(message),
};

/** The error that a service threw then. */
export function recordedError({ name, code, message, status, errcode }: ErrorRecord): Error {
  const make = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (make) return make(message);
  if (status !== undefined) return named(new MatrixError(status, message, errcode as Code | undefined), name);
  if (code !== undefined && Object.hasOwn(ERRORS, code))
    return named(new LigandError(code as ErrorCode, message), name);
  return Object.assign(named(new Error(message), name), code !== undefined && { code });
}

function named<Made extends Error>(error: Made, name: string): Made {
  error.name = name;
  return error;
}
