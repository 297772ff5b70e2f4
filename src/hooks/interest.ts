import { resolveSelection, unionOfSelections, type StateSelection } from "../matrix/state-selection.js";
import type { Narrowing } from "./callback-options.js";
import type { Interest, RegisteredCallback } from "./contribution.js";
import { declaredParameters } from "./declared-parameters.js";
import { positionOf, type AnyHook } from "./hook.js";
import { memberOf } from "./member-of.js";

/** The event that a hook is about, as far as a callback's interest depends on it. */
export interface EventOfInterest {
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string;
}

/**
 * What a callback can look at. What its decorator says wins over its parameters.
 *
 * @param called the function that the hook really calls, as all decorators left it
 */
export function interestOf(hook: AnyHook, called: unknown, { types, state }: Narrowing = {}): Interest {
  const all = (hook.parameters as readonly unknown[]).length;
  const { count, because } = declaredParameters(called);
  const declared = Math.min(count, all);
  const position = positionOf(hook, "state");
  const interest = { types: types ?? null, ...(because !== undefined && { because }) };
  if (position < 0) return { ...interest, parameters: declared, state: null };
  if (state === undefined) return { ...interest, parameters: declared, state: declared > position ? null : [] };
  if (state.length > 0) return { ...interest, parameters: Math.max(declared, position + 1), state };
  // Nothing of the state: it need not be there, unless arguments that follow it must keep their places.
  return { ...interest, parameters: declared === position + 1 ? position : declared, state };
}

/** What a callback can look at, by its class alone: no instance is needed. */
export function classInterest(hook: AnyHook, { moduleClass, method, only }: RegisteredCallback): Interest {
  return interestOf(hook, memberOf(moduleClass.prototype as object, method), only);
}

/** What several callbacks can look at together. */
export function unionOfInterests(interests: readonly Interest[]): Interest {
  const types = interests.flatMap((interest) => interest.types ?? []);
  return {
    parameters: Math.max(0, ...interests.map(({ parameters }) => parameters)),
    types: interests.some((interest) => interest.types === null) ? null : [...new Set(types)],
    state: unionOfSelections(interests.map(({ state }) => state)),
  };
}

/** Whether a callback is called for an event. */
export function isAskedAbout({ types }: Interest, event: EventOfInterest | undefined): boolean {
  return types === null || (event !== undefined && types.includes(event.type));
}

const NO_STATE: StateSelection = Object.freeze([]);

/** Which part of the state the callbacks that are called for an event look at; null for the whole, `[]` for none. */
export function wantedState(interests: readonly Interest[], event: EventOfInterest | undefined): StateSelection | null {
  const asked = interests.filter((interest) => interest.state?.length !== 0 && isAskedAbout(interest, event));
  // Most callbacks look at none, and this stands before each dispatch.
  if (asked.length === 0) return NO_STATE;
  const wanted = unionOfSelections(asked.map(({ state }) => state));
  return wanted && event ? unionOfSelections([resolveSelection(wanted, event)]) : wanted;
}
