import * as inversify from "inversify";
import { assertExperimental, withoutParentheses } from "../hooks/decorator-use.js";

type AnyDecorator = MethodDecorator & ParameterDecorator & PropertyDecorator;

/**
 * Injects a service, or {@link ModuleConfig} and the like, into a constructor parameter or a property.
 *
 * @param token the class of the service.
 */
export const inject: typeof inversify.inject = checked("inject(Service)", inversify.inject, 1);
/** Together with {@link inject}: injects `undefined` if the homeserver doesn't offer the service. */
export const optional: typeof inversify.optional = checked("optional()", inversify.optional, 0);
/** Marks the method that runs after the module is constructed, before any hook is asked. It may be asynchronous. */
export const postConstruct: typeof inversify.postConstruct = checked("postConstruct()", inversify.postConstruct, 0);
/** Marks the method that runs when the host stops. It may be asynchronous. */
export const preDestroy: typeof inversify.preDestroy = checked("preDestroy()", inversify.preDestroy, 0);

/** An Inversify decorator that refuses the uses for which Inversify's own does nothing, or fails without a reason. */
function checked<Args extends unknown[]>(
  name: string,
  decorator: (...args: Args) => MethodDecorator | AnyDecorator,
  arity: number,
) {
  return (...args: Args): AnyDecorator => {
    if (args.length > arity) throw withoutParentheses(name);
    const decorate = decorator(...args) as (...target: unknown[]) => void;
    return (...target: unknown[]) => {
      assertExperimental(name, target[1]);
      return decorate(...target);
    };
  };
}
