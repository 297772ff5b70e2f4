import { isThenable } from "./answers.js";
import type { MaybePromise } from "./context.js";

/** Goes on with a value, whether it's here or promised: a promise only where there was one. */
export function andThen<Given, Result>(
  given: MaybePromise<Given>,
  goOn: (value: Given) => MaybePromise<Result>,
): MaybePromise<Result> {
  return isThenable(given) ? Promise.resolve(given).then(goOn) : goOn(given as Given);
}
