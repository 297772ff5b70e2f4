import { MatrixError } from "../matrix/matrix-error.js";
import { NOT_SPAM, type Verdict } from "../matrix/verdict.js";

/** The error that a client sees when a spam checker denies its request: 403, the code, and the fields. @public */
export function throwIfDenied(verdict: Verdict, message: string): void {
  if (verdict === NOT_SPAM) return;
  throw new MatrixError(403, verdict.error ?? message, verdict.code, { fields: verdict.fields });
}
