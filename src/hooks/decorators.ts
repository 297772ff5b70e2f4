import { assertMethod } from "./decorator-place.js";
import { assertCalled } from "./decorator-use.js";
import type { Category, HooksByName } from "./category.js";
import type { HookContext } from "./context.js";
import type { TypesOf } from "./hook.js";
import { register } from "./registration.js";

/**
 * Decorates a method whose type fits the hook; another method is a compile error. The signature is spelled out in plain
 * parameters: the compiler shows it where a method does not fit.
 */
export type HookDecorator<Args extends readonly unknown[], Answer> = <
  Method extends (...args: [...Args, context: HookContext]) => Answer,
>(
  prototype: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/** The decorators of a category, by the names of its hooks. */
export type CategoryDecorators<Hooks extends HooksByName> = {
  readonly [Name in keyof Hooks]: (
    ...args: TypesOf<Hooks[Name]>["given"]
  ) => HookDecorator<TypesOf<Hooks[Name]>["args"], TypesOf<Hooks[Name]>["answer"]>;
};

/** The decorator object of a category. */
export function decoratorsOf<Hooks extends HooksByName>(category: Category<Hooks>): CategoryDecorators<Hooks> {
  const decorators = Object.entries(category.hooks).map(([hook, { decorator: spec }]) => {
    const name = `${category.name}.${hook}`;
    const decorator = (...args: unknown[]) => {
      assertCalled(`${name}(${spec.example ?? ""})`, args[0]);
      const options: unknown = spec.read(name, ...args);
      return (prototype: object, method: string | symbol) => {
        assertMethod(`${name}()`, prototype, method);
        register(prototype, {
          category: category.name,
          hook,
          method,
          options,
          ...(spec.key && { key: spec.key(options) }),
        });
      };
    };
    return [hook, decorator];
  });
  return Object.freeze(Object.fromEntries(decorators)) as CategoryDecorators<Hooks>;
}
