import { isThenable } from "./answer-predicates.js";
import type { MaybePromise } from "./context.js";

/** Continues with a value or a promise of it; returns a promise only for a promise. */
export function andThen<Given, Result>(
  given: MaybePromise<Given>,
  goOn: (value: Given) => MaybePromise<Result>,
): MaybePromise<Result> {
  return isThenable(given) ? Promise.resolve(given).then(goOn) : goOn(given as Given);
}
