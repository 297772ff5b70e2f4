import type { Newable } from "inversify";
import { CATALOGUE } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import { decoratorsOf } from "#src/hooks/decorators.js";
import { Module } from "#src/modules/module.js";
import { givenTo } from "../catalogue/sampled-hooks.js";
import type { Callback } from "../dispatch/start-category.js";

/** Callbacks by category (a property of `host.hooks`) and hook. */
export type Callbacks = Readonly<Record<string, Readonly<Record<string, Callback>>>>;

/**
 * A module whose callbacks are functions of a test; hooks that another one requires are registered with it.
 *
 * @param given what the decorator of a hook is given
 */
export function moduleOf(
  callbacks: Callbacks,
  given: (property: string, hook: string) => readonly unknown[] = givenTo,
): Newable<object> {
  const moduleClass = class Functions {};
  for (const [property, hooks] of Object.entries(callbacks)) {
    const category: Category = CATALOGUE[property as keyof typeof CATALOGUE];
    const required = Object.keys(hooks).flatMap((hook) => category.hooks[hook]!.requires ?? []);
    for (const hook of new Set([...Object.keys(hooks), ...required])) {
      const name = `${property}.${hook}`;
      const decorators = decoratorsOf(category) as Record<string, (...args: unknown[]) => MethodDecorator>;
      Object.defineProperty(moduleClass.prototype, name, {
        configurable: true,
        value: (...args: unknown[]) => hooks[hook]?.(...args),
      });
      const decorate = decorators[hook]!(...given(property, hook));
      decorate(moduleClass.prototype, name, Object.getOwnPropertyDescriptor(moduleClass.prototype, name)!);
    }
  }
  Module()(moduleClass);
  return moduleClass;
}
