import type { Narrowing } from "./callback-options.js";
import type { DecoratorOptions } from "./decorator-options.js";
import { narrowedInterest, narrowing } from "./narrowing.js";
import type { Parameter } from "./parameter.js";
import { readCallbackOptions } from "./read-callback-options.js";

/**
 * What the decorator of most hooks takes: `types`, where the hook is about an event, and `state`, where it has the state
 * of a room; nothing where it has neither.
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
