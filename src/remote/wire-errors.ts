import { ErrorCodes, ResponseError } from "vscode-jsonrpc/node";
import { CancelledError, isCancellation } from "../errors/cancelled-error.js";
import { ERRORS, type ErrorCode } from "../errors/catalogue.js";
import { LigandError } from "../errors/ligand-error.js";
import { causeMessages } from "../errors/problem.js";
import { ModuleFailedError } from "../errors/module-failed-error.js";
import type { Code } from "../matrix/codes.js";
import { MatrixError } from "../matrix/matrix-error.js";
import type { WireError } from "./protocol.js";

/** The code of JSON-RPC for a request that was cancelled, as the Language Server Protocol has it. */
const REQUEST_CANCELLED = -32800;
/** Our code for every other error of the application. */
const APPLICATION_ERROR = 1;

/** An error as the answer to a request. Its stack stays here. */
export function encodeError(error: unknown): ResponseError<WireError> {
  const message = causeMessages(error).join(": ");
  if (error instanceof MatrixError) {
    const { status, errcode, headers } = error;
    return new ResponseError(APPLICATION_ERROR, message, {
      kind: "matrix",
      status,
      errcode,
      headers,
      body: error.body(),
    });
  }
  if (isCancellation(error)) {
    return new ResponseError(REQUEST_CANCELLED, (error as Error).message, { kind: "cancelled" });
  }
  if (error instanceof LigandError) {
    const { code, remedy } = error;
    return new ResponseError(APPLICATION_ERROR, message, { kind: "ligand", code, remedy });
  }
  return new ResponseError(APPLICATION_ERROR, message, {
    kind: "other",
    name: error instanceof Error ? error.name : typeof error,
  });
}

/** What a request to the other side failed with, as an error of this side. */
export function decodeError(error: unknown, what: string): Error {
  if (error instanceof LigandError) return error;
  if (!(error instanceof ResponseError)) {
    return new LigandError("LIGAND_REMOTE_LOST", `${what}: the connection was lost`, { cause: error });
  }
  const data = error.data as WireError | undefined;
  switch (data?.kind) {
    case "matrix":
      return matrixError(error, data);
    case "cancelled":
      return new CancelledError(error.message, { cause: error });
    case "ligand":
      return data.code === "LIGAND_MODULE_FAILED"
        ? new ModuleFailedError(error.message, { cause: error })
        : ligandError(error, data);
    case "other":
      return new LigandError("LIGAND_REMOTE_FAILED", `${what}: ${data.name}: ${error.message}`, { cause: error });
    default:
      return withoutData(error, what);
  }
}

/** An error that `vscode-jsonrpc` made, on this side or on the other, or that is not of the protocol. */
function withoutData(error: ResponseError<unknown>, what: string): LigandError {
  const { code, message } = error;
  if (code === ErrorCodes.PendingResponseRejected) {
    return new LigandError("LIGAND_REMOTE_LOST", `${what}: the connection was lost`, { cause: error });
  }
  return new LigandError(
    code === ErrorCodes.MessageWriteError ? "LIGAND_REMOTE_FAILED" : "LIGAND_REMOTE_PROTOCOL",
    `${what}: ${message}`,
    { cause: error },
  );
}

function matrixError(cause: Error, { status, errcode, body, headers }: WireError & { kind: "matrix" }): MatrixError {
  const { errcode: _, error, ...fields } = body;
  const message = typeof error === "string" ? error : cause.message;
  return new MatrixError(status, message, errcode as Code, { fields, headers, cause });
}

function ligandError(cause: Error, { code, remedy }: WireError & { kind: "ligand" }): LigandError {
  const known = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "LIGAND_REMOTE_FAILED";
  return new LigandError(known, cause.message, { remedy, cause });
}
