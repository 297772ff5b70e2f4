import type { Interest, RegisteredCallback } from "./contribution.js";
import { declaredParameters } from "./declared-parameters.js";
import type { AnyHook } from "./hook.js";
import { memberOf } from "./member-of.js";
import { positionOf, type Parameter } from "./parameter.js";

/**
 * What a callback can look at. Its decorator takes precedence over its parameters.
 *
 * @param called the function that the hook actually calls, after all decorators
 * @param options the decorator's arguments
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

/** What a callback can look at, from its class alone: no instance is needed. */
export function classInterest(hook: AnyHook, { moduleClass, method, options }: RegisteredCallback): Interest {
  return interestOf(hook, memberOf(moduleClass.prototype as object, method), options);
}
