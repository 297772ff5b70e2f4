import { Codes, isCancellation, MatrixError } from "ligand";
import type { ClientContext } from "./request.js";

/** The response to an error, whose text is for the client only if it is a Matrix error; the log has the rest. */
export function answerError(error: unknown, c: ClientContext): Response {
  if (error instanceof MatrixError) {
    c.set("refusal", `${error.errcode} ${error.message}`);
    return c.json(error.body(), error.status as 400, error.headers);
  }
  if (isCancellation(error) || c.req.raw.signal.aborted) return answerError(new ClientGoneError(error), c);
  c.var.homeserver.logger.error(`Request ${c.var.requestId} failed`, { error });
  return c.json({ errcode: Codes.UNKNOWN, error: "Internal server error" }, 500);
}

/** No client receives it; it's for the log. */
class ClientGoneError extends MatrixError {
  constructor(cause: unknown) {
    super(499, "The client has gone", Codes.UNKNOWN, { cause });
  }
}

export function refuseUnknown(c: ClientContext): Response {
  return answerError(new MatrixError(404, "There is no such endpoint", Codes.UNRECOGNIZED), c);
}

export function refuseMethod(c: ClientContext): Response {
  return answerError(new MatrixError(405, "The endpoint does not have this method", Codes.UNRECOGNIZED), c);
}
