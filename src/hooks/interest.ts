import type { Narrowing } from "./callback-options.js";
import type { Interest, RegisteredCallback } from "./contribution.js";
import { declaredParameters } from "./declared-parameters.js";
import { positionOf, type AnyHook } from "./hook.js";
import { memberOf } from "./member-of.js";

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
