import { CATALOGUE } from "#src/catalogue/index.js";
import type { Category } from "#src/hooks/category.js";
import type { AnyHook } from "#src/hooks/hook.js";
import { positionOf } from "#src/hooks/parameter.js";
import { decoratorsOf } from "#src/hooks/decorators.js";
import { Module } from "#src/modules/module.js";
import type { RoomEvent } from "#src/index.js";
import { givenTo, samplesOf } from "../../catalogue/sampled-hooks.js";

/** What callbacks do: set by the test, for the modules of all its processes, which run in one. */
export const SCRIPT: { run: (module: number, hook: string, args: unknown[]) => unknown } = { run: () => undefined };

/** How many modules there are. */
export const MODULES = 4;

/** Modules that take part in every hook that may have several. Only the first registers hooks of a single owner. */
function scripted(index: number) {
  const moduleClass = class Scripted {};
  Object.defineProperty(moduleClass, "name", { value: `M${index}` });
  for (const [property, category] of Object.entries<Category>(CATALOGUE)) {
    if (index > 0 && (category.firstModuleOnly || property === "accountValidity")) continue;
    const decorators = decoratorsOf(category) as Record<string, (...args: unknown[]) => MethodDecorator>;
    for (const [hook, declared] of Object.entries(category.hooks)) {
      const name = `${property}.${hook}`;
      const value = (...args: unknown[]) => SCRIPT.run(index, name, args);
      Object.defineProperty(moduleClass.prototype, name, { configurable: true, value });
      const decorate = decorators[hook]!(...(narrowed(index, property, hook, declared) ?? givenTo(property, hook)));
      decorate(moduleClass.prototype, name, Object.getOwnPropertyDescriptor(moduleClass.prototype, name)!);
    }
  }
  Module()(moduleClass);
  return moduleClass;
}

/** The second module looks at the events of the samples alone, and the third at others. */
function narrowed(index: number, property: string, hook: string, { parameters }: AnyHook): unknown[] | undefined {
  if (positionOf(parameters, "event") !== 0 || (index !== 1 && index !== 2)) return undefined;
  const [event] = samplesOf(property, hook)!.args as readonly [RoomEvent];
  return [{ types: [index === 1 ? event.type : "org.example.other"] }];
}

export const M0 = scripted(0);
export const M1 = scripted(1);
export const M2 = scripted(2);
export const M3 = scripted(3);
