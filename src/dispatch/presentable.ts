import { LigandError } from "../errors/ligand-error.js";
import { faultOf } from "../matrix/error-content.js";
import { MatrixError } from "../matrix/matrix-error.js";

/** An error that may reach a client unchanged; instead of a `MatrixError` that may not, one that says why. */
export function presentable(error: Error): Error {
  const fault = error instanceof MatrixError ? faultOf(error) : undefined;
  if (fault === undefined) return error;
  return new LigandError("LIGAND_ANSWER_ILLEGAL", `the callback threw a MatrixError ${fault}`, {
    remedy:
      "Throw one whose status is between 400 and 599, whose body is JSON, and whose code leaves clients logged in.",
    cause: error,
  });
}
