import type { Interest } from "./contribution.js";
import type { AnyHook } from "./hook.js";
import { positionOf } from "./parameter.js";

/** All that a callback is asked about, as a record of its decision needs it: every argument, but no more of a state than it looks at. */
export function wholeInterest({ parameters }: Pick<AnyHook, "parameters">, interest: Interest): Interest {
  const { length } = parameters as readonly unknown[];
  const state = positionOf(parameters, "state");
  const looksAtState = interest.parameters > state && interest.state?.length !== 0;
  if (state < 0 || looksAtState) return { ...interest, parameters: length };
  // Arguments that follow the state keep their places.
  return { ...interest, parameters: state === length - 1 ? state : length, state: [] };
}
