import type { ErrorRecord } from "../decisions/decision-record.js";
import type { ErrorCode } from "../errors/catalogue.js";
import { ERRORS } from "../errors/catalogue.js";
import { LigandError } from "../errors/ligand-error.js";
import type { Code } from "../matrix/codes.js";
import { HttpResponseError } from "../services/http-response-error.js";
import type { Trip } from "./revive.js";
import { withheldBy } from "./withheld.js";
import { InvalidCredentialsError, LimitExceededError, MatrixError, NotFoundError } from "../matrix/matrix-error.js";

/** The errors that modules tell apart by their class. */
const CLASSES: Readonly<Record<string, (message: string) => Error>> = {
  NotFoundError: (message) => new NotFoundError(message),
  LimitExceededError: (message) => new LimitExceededError(message),
  InvalidCredentialsError: (message) => new InvalidCredentialsError(message),
};

/** The error that a service threw then. @param path the method of the service */
export function recordedError(recorded: ErrorRecord, path: string, trip: Trip): Error {
  const { name, code, message, status } = recorded;
  if (name === "HttpResponseError") return responseError(message, path, trip);
  if (status !== undefined) return matrixError(recorded, status, path, trip);
  if (code !== undefined && Object.hasOwn(ERRORS, code))
    return named(new LigandError(code as ErrorCode, message), name);
  return Object.assign(named(new Error(message), name), code !== undefined && { code });
}

function matrixError({ name, message, errcode, ...recorded }: ErrorRecord, status: number, path: string, trip: Trip) {
  const make = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  const error = make ? make(message) : named(new MatrixError(status, message, errcode as Code | undefined), name);
  for (const member of ["fields", "headers"] as const) {
    const reason = withheldBy(recorded[member]);
    if (reason) Object.defineProperty(error, member, { get: () => trip(reason, `${path}.${member}`) });
  }
  return error;
}

/** The status is in the message; the body isn't recorded. */
function responseError(message: string, path: string, trip: Trip): Error {
  const [, status, reason = ""] = /^the server answered with status (\d{3})(?: (.*))?$/.exec(message) ?? [];
  if (status === undefined) return trip("uncarried", path);
  const error = new HttpResponseError(Number(status), reason, new Uint8Array());
  return Object.defineProperty(error, "body", { get: () => trip("left out", `${path}.body`) });
}

function named<Made extends Error>(error: Made, name: string): Made {
  error.name = name;
  return error;
}
