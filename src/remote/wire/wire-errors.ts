import { caught, cut, shown, shownMessage } from "../../errors/caught.js";
import { CancelledError, isCancellation } from "../../errors/cancelled-error.js";
import { ERRORS, type ErrorCode } from "../../errors/catalogue.js";
import { LigandError } from "../../errors/ligand-error.js";
import { messageWithCauses, problemCauses, type Problem } from "../../errors/problem.js";
import { ConfigError, StartError } from "../../errors/start-error.js";
import { ModuleFailedError } from "../../errors/module-failed-error.js";
import type { Code } from "../../matrix/codes.js";
import { jsonFault } from "../../matrix/json.js";
import { contentOf } from "../../matrix/error-content.js";
import { MatrixError } from "../../matrix/matrix-error.js";
import { INTERNAL_ERROR, type RpcError } from "./json-rpc.js";
import type { WireError, WireProblem } from "./protocol.js";

/** JSON-RPC's code for a cancelled request, as in the Language Server Protocol. */
const REQUEST_CANCELLED = -32800;
/** Our code for every other application error. */
const APPLICATION_ERROR = 1;

/** An error as the answer to a request. Its stack stays here, and so do secrets: the other side logs it in its own way. */
export function encodeError(thrown: unknown): RpcError<WireError> {
  const error = caught(thrown);
  // Each of the messages has been redacted.
  const message = () => cut(messageWithCauses(error));
  const content = error instanceof MatrixError ? contentOf(error) : undefined;
  if (content && jsonFault(content) === undefined) {
    const { errcode } = error as MatrixError;
    return applicationError(message(), { kind: "matrix", errcode, ...content });
  }
  if (isCancellation(error)) {
    return { code: REQUEST_CANCELLED, message: shownMessage(error), data: { kind: "cancelled" } };
  }
  if (error instanceof LigandError) {
    const { code } = error;
    const remedy = error.remedy && shown(error.remedy);
    const problems = error instanceof StartError && {
      problems: error.problems.map(encodeProblem),
      isConfig: error instanceof ConfigError,
    };
    return applicationError(message(), { kind: "ligand", code, remedy, ...problems });
  }
  return applicationError(message(), { kind: "other", name: error.name });
}

function applicationError(message: string, data: WireError): RpcError<WireError> {
  return { code: APPLICATION_ERROR, message, data };
}

/** The error that the other side answered with, as an error of this side. Never throws, whatever it answered with. */
export function decodeError(error: RpcError, what: string): Error {
  try {
    return decodedError(error, what);
  } catch {
    // Its data isn't what the protocol says, and counts as none.
    return withoutData(error, what);
  }
}

function decodedError(error: RpcError, what: string): Error {
  const data = error.data as WireError | undefined;
  // What the other side knows about causes is in its message: a protocol error as the cause would repeat it.
  const { message } = error;
  switch (data?.kind) {
    case "matrix":
      return matrixError(message, data);
    case "cancelled":
      return new CancelledError(message);
    case "ligand":
      return data.code === "LIGAND_MODULE_FAILED" ? new ModuleFailedError(message) : ligandError(message, data);
    case "other":
      return new LigandError("LIGAND_REMOTE_FAILED", `${what}: ${data.name}: ${message}`);
    default:
      return withoutData(error, what);
  }
}

/** An error of JSON-RPC itself, or one that breaks the protocol. */
function withoutData({ code, message }: RpcError, what: string): LigandError {
  return new LigandError(
    code === INTERNAL_ERROR ? "LIGAND_REMOTE_FAILED" : "LIGAND_REMOTE_PROTOCOL",
    `${what}: ${typeof message === "string" ? message : "an error without a message"}`,
  );
}

function matrixError(text: string, { status, errcode, body, headers }: WireError & { kind: "matrix" }): MatrixError {
  const { errcode: sent, error, ...others } = body;
  // What the body has in place of the error's own code and message is among its fields.
  const fields = {
    ...others,
    ...(sent !== errcode && { errcode: sent }),
    ...(error !== undefined && typeof error !== "string" && { error }),
  };
  return new MatrixError(status, typeof error === "string" ? error : text, errcode as Code, { fields, headers });
}

function ligandError(
  message: string,
  { code, remedy, problems, isConfig }: WireError & { kind: "ligand" },
): LigandError {
  if (problems) return new (isConfig ? ConfigError : StartError)(problems.map(decodeProblem), knownCode(code));
  return new LigandError(knownCode(code), message, { remedy });
}

/** A problem as it crosses. */
export function encodeProblem(problem: Problem): WireProblem {
  const { cause: _, ...rest } = problem;
  return { ...rest, causes: problemCauses(problem) };
}

/** A problem's cause as the other process sends it: its message, code and place are strings. */
class ReportedCause extends Error {
  override readonly name = "ReportedCause";
}

/** A problem of the other side. */
export function decodeProblem({ code, causes, ...problem }: WireProblem): Problem {
  // The actual causes stay on the other side; people read the strings.
  const cause = causes.reduceRight<unknown>(
    (inner, message) => new ReportedCause(message, { cause: inner }),
    undefined,
  );
  return { ...problem, code: knownCode(code), ...(cause !== undefined && { cause }) };
}

function knownCode(code: string): ErrorCode {
  return Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "LIGAND_REMOTE_FAILED";
}
