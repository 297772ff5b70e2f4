import { caught, caughtWithoutStack } from "../errors/caught.js";
import { isCancellation } from "../errors/cancelled-error.js";
import { CallbackReports } from "../dispatch/callback-reports.js";
import type { ChainCallback } from "../hooks/contribution.js";
import { isRefusal } from "../hooks/failure-policy.js";
import type { ShadowedCall, ShadowedDispatch } from "../dispatch/shadowed-dispatch.js";
import { differenceBetween, type Difference } from "./compare-outcomes.js";
import { stoppedBy } from "./stand-in.js";

/** How often the failures of a callback are logged, in milliseconds. */
const MS_BETWEEN_LINES = 1000;

/** What a call in shadow that threw came to. */
export interface ShadowThrown {
  readonly result: Difference | "failed" | "stopped" | "skipped";
  readonly error: Error;
}

/**
 * Judges what callbacks in shadow throw. A module that's tried may fail at each call, beside requests that are answered: so
 * each callback gets a line a second, and the stack of an error is built only for a line, or where the call is recorded.
 */
export class ShadowFailures {
  readonly #logged = new WeakMap<ChainCallback, { at: number; unlogged: number }>();

  /** @param now in milliseconds, from any start */
  constructor(private readonly now: () => number) {}

  outcome(dispatch: ShadowedDispatch, call: ShadowedCall, thrown: unknown): ShadowThrown {
    const { callback } = call;
    const known = caughtWithoutStack(thrown);
    const result = resultOf(dispatch, known);
    const last = this.#logged.get(callback);
    const isLogged = result === "failed" && (last === undefined || this.now() - last.at >= MS_BETWEEN_LINES);
    const error = isLogged || call.settled ? caught(thrown) : known;
    if (result !== "failed") return { result, error };
    if (isLogged) this.#log(dispatch, call, error, last?.unlogged ?? 0);
    else last!.unlogged++;
    callback.guard?.failed(error);
    return { result, error };
  }

  #log(
    { chain, hook, context }: ShadowedDispatch,
    { callback, args }: ShadowedCall,
    error: Error,
    unlogged: number,
  ): void {
    this.#logged.set(callback, { at: this.now(), unlogged: 0 });
    const name = `${callback.name}, in shadow,`;
    const times = `${unlogged} more ${unlogged === 1 ? "time" : "times"}`;
    if (unlogged > 0) callback.log.warn(`${name} failed ${times} than the log says`, { hook: chain });
    new CallbackReports(chain, hook, [{ ...callback, name }]).failed(0, error, "warn", context, args);
  }
}

function resultOf({ hook, context, outcome }: ShadowedDispatch, error: Error): ShadowThrown["result"] {
  if (stoppedBy(error) !== undefined) return "stopped";
  if (isCancellation(error) && context.signal?.aborted) return "skipped";
  return isRefusal(error, hook.failure) ? differenceBetween(hook, outcome, { error }) : "failed";
}
