import { caught } from "../errors/caught.js";
import { isCancellation } from "../errors/cancelled-error.js";
import { LigandError } from "../errors/ligand-error.js";
import { Codes, type Code } from "../matrix/codes.js";
import { faultOf } from "../matrix/error-content.js";
import { MatrixError, RedirectError } from "../matrix/matrix-error.js";
import { withCorsForJson } from "./cors.js";

/**
 * The response for an error of a web resource; undefined for an error whose message isn't meant for clients.
 */
export function responseToError(thrown: unknown): Response | undefined {
  const error = caught(thrown);
  if (error instanceof MatrixError && isErrorStatus(error.status)) {
    return jsonResponse(error);
  }
  if (error instanceof RedirectError) return redirect(error);
  if (isCancellation(error)) return matrixErrorResponse(499, Codes.UNKNOWN, "Request cancelled");
  return undefined;
}

/** @throws {LigandError} `LIGAND_ANSWER_ILLEGAL` for a body that JSON can't carry */
function jsonResponse(error: MatrixError): Response {
  try {
    return Response.json(error.body(), { status: error.status, headers: error.headers });
  } catch (cause) {
    throw new LigandError(
      "LIGAND_ANSWER_ILLEGAL",
      `the callback threw a MatrixError ${faultOf(error) ?? "whose response can't be made"}`,
      {
        remedy: "Throw one whose body is JSON.",
        cause,
      },
    );
  }
}

/** A response with the body of the Matrix specification's standard error. */
export function matrixErrorResponse(
  status: number,
  errcode: Code,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ errcode, error }, { status, headers });
}

/** What clients get once the modules have stopped: a retry may reach a running process. */
export function stoppedResponse(): Response {
  return withCorsForJson(matrixErrorResponse(503, Codes.UNKNOWN, "The server is shutting down"));
}

/** What clients get while a module is stopped to be replaced. */
export function unavailableResponse(): Response {
  return withCorsForJson(matrixErrorResponse(503, Codes.UNKNOWN, "This part of the server is restarting"));
}

function redirect({ status, location, cookies }: RedirectError): Response {
  const headers = new Headers({ Location: location });
  for (const cookie of cookies) headers.append("Set-Cookie", cookie);
  return new Response(null, { status, headers });
}

function isErrorStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 400 && status <= 599;
}
