import * as inversify from "inversify";
import { LigandError } from "../errors/ligand-error.js";
import { assertInjectable, assertMethod } from "../hooks/decorator-place.js";
import { withoutParentheses } from "../hooks/decorator-use.js";

type AnyDecorator = MethodDecorator & ParameterDecorator & PropertyDecorator;

/**
 * Injects a service, or {@link ModuleConfig} and the like, into a constructor parameter or a property.
 *
 * @param token the class of the service.
 *
 * @public
 */
export const inject: typeof inversify.inject = checked("inject(Service)", inversify.inject, 1, assertInjectable);
/** Together with {@link inject}: injects `undefined` if the homeserver doesn't offer the service. @public */
export const optional: typeof inversify.optional = checked("optional()", inversify.optional, 0, assertInjectable);
/**
 * Marks the method that runs after the module is constructed, before any hook is asked. It may be asynchronous.
 *
 * @public
 */
export const postConstruct: typeof inversify.postConstruct = checked(
  "postConstruct()",
  inversify.postConstruct,
  0,
  assertMethod,
);
/** Marks the method that runs when the host stops. It may be asynchronous. @public */
export const preDestroy: typeof inversify.preDestroy = checked("preDestroy()", inversify.preDestroy, 0, assertMethod);

/** An Inversify decorator that refuses the uses for which Inversify's own does nothing, or fails without a reason. */
function checked<Args extends unknown[]>(
  name: string,
  decorator: (...args: Args) => MethodDecorator | AnyDecorator,
  arity: number,
  assertPlace: (decorator: string, target: unknown, name: unknown, index: unknown) => void,
) {
  return (...args: Args): AnyDecorator => {
    if (args.length > arity) throw withoutParentheses(name);
    if (args.length < arity) {
      throw new LigandError("LIGAND_DECORATOR_MISUSED", "@inject() names no service", {
        remedy: `Write \`@${name}\`.`,
      });
    }
    const decorate = decorator(...args) as (...target: unknown[]) => void;
    return (...target: unknown[]) => {
      assertPlace(name, target[0], target[1], target[2]);
      return decorate(...target);
    };
  };
}
