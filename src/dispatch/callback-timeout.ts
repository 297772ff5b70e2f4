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

/** Failures of callbacks that weren't called. They say nothing of the callback: a circuit breaker doesn't count them. */
const UNCALLED = new WeakSet<Error>();

/** The failure of a callback that isn't called any more, because those before it took all the time of their request. */
export function uncalledTimeout(): LigandError {
  const error = deadlineTimeout();
  UNCALLED.add(error);
  return error;
}

/** Whether a callback failed without having been called. */
export function isUncalled(error: Error): boolean {
  return UNCALLED.has(error);
}
