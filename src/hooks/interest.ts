import type { Interest, RegisteredCallback } from "./contribution.js";
import { declaredParameters } from "./declared-parameters.js";
import type { AnyHook } from "./hook.js";
import { memberOf } from "./member-of.js";
import { positionOf, type Parameter } from "./parameter.js";

/**
 * What a callback can look at. What its decorator says wins over its parameters.
 *
 * @param called the function that the hook really calls, as all decorators left it
 * @param options what the decorator was given
 */
export function interestOf({ parameters, decorator }: AnyHook, called: unknown, options: unknown): Interest {
  const all = parameters as readonly Parameter[];
  const { count, because } = declaredParameters(called);
  const position = positionOf(all, "state");
  const declared = {
    parameters: Math.min(count, all.length),
    types: null,
    state: position < 0 || count > position ? null : [],
    ...(because !== undefined && { because }),
  };
  return decorator.interest?.(declared, options) ?? declared;
}

/** What a callback can look at, by its class alone: no instance is needed. */
export function classInterest(hook: AnyHook, { moduleClass, method, options }: RegisteredCallback): Interest {
  return interestOf(hook, memberOf(moduleClass.prototype as object, method), options);
}
