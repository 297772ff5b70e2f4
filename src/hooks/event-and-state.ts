import type { Narrowing } from "./callback-options.js";
import type { DecoratorOptions } from "./decorator-options.js";
import { narrowedInterest, narrowing } from "./narrowing.js";
import type { Parameter } from "./parameter.js";
import { readCallbackOptions } from "./read-callback-options.js";

/**
 * What the decorator of most hooks takes: `types` if the hook is about an event, and `state` if it has the state
 * of a room; otherwise nothing.
 */
export function eventAndState(
  parameters: readonly Parameter[],
): DecoratorOptions<[options?: unknown], Narrowing | undefined> {
  return {
    read: (decorator, given) => readCallbackOptions(decorator, parameters, given),
    interest: (declared, narrowed) => narrowedInterest(declared, parameters, narrowed),
    wrap: (call, narrowed) => narrowing(call, parameters, narrowed),
  };
}
