import type { Newable } from "inversify";
import { positionOf } from "#src/hooks/parameter.js";
import type { RoomEvent } from "#src/index.js";
import { givenTo, SAMPLED_HOOKS } from "../../catalogue/sampled-hooks.js";
import { moduleOf, type Callbacks } from "../module-of-functions.js";

/** What callbacks do: set by the test, for the modules of all its processes, which run in one. */
export const SCRIPT: { run: (module: number, hook: string, args: unknown[]) => unknown } = { run: () => undefined };

/** How many modules there are. */
export const MODULES = 4;

/** A module that takes part in every hook that may have several. Only the first registers hooks of a single owner. */
function scripted(index: number): Newable<object> {
  const callbacks: Record<string, Callbacks[string]> = {};
  for (const { property, category, name } of SAMPLED_HOOKS) {
    if (index > 0 && (category.firstModuleOnly || property === "accountValidity")) continue;
    const run = (...args: unknown[]) => SCRIPT.run(index, `${property}.${name}`, args);
    callbacks[property] = { ...callbacks[property], [name]: run };
  }
  const moduleClass = moduleOf(callbacks, (...of) => narrowed(index, ...of) ?? givenTo(...of));
  Object.defineProperty(moduleClass, "name", { value: `M${index}` });
  return moduleClass;
}

/** The second module looks at the events of the samples alone, and the third at others. */
function narrowed(index: number, property: string, name: string): unknown[] | undefined {
  const { hook, samples } = SAMPLED_HOOKS.find((each) => each.property === property && each.name === name)!;
  if (positionOf(hook.parameters, "event") !== 0 || (index !== 1 && index !== 2)) return undefined;
  const [event] = samples.args as readonly [RoomEvent];
  return [{ types: [index === 1 ? event.type : "org.example.other"] }];
}

export const M0 = scripted(0);
export const M1 = scripted(1);
export const M2 = scripted(2);
export const M3 = scripted(3);
