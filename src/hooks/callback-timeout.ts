import { LigandError } from "../errors/ligand-error.js";
import { BEFORE_DEADLINE_MS } from "./budgets.js";

/** The failure of a callback whose budget has ended. The operation may see it, so it names no module. */
export function callbackTimeout(timeoutMs: number): LigandError {
  return new LigandError("LIGAND_CALLBACK_TIMEOUT", `no answer within ${timeoutMs} ms`);
}

/** The failure of a callback that hasn't answered before its request's deadline. */
export function deadlineTimeout(): LigandError {
  return new LigandError(
    "LIGAND_CALLBACK_TIMEOUT",
    `no answer ${BEFORE_DEADLINE_MS} ms before the deadline of the request`,
  );
}
