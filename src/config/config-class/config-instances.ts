import type { Newable } from "inversify";
import { configClassOf, configKeys, isNested } from "./config-keys.js";
import type { ConfigPath } from "../config-path.js";

/** An instance of a config class somewhere in a config. */
export interface ConfigInstance {
  readonly Class: Newable<object>;
  readonly instance: Readonly<Record<string, unknown>>;
  readonly path: ConfigPath;
}

/**
 * The instances of config classes in what class-transformer made of a config, outer ones first.
 *
 * @param isConfig whether `made`, if it is an instance of a class, is one of a config class for sure
 */
export function* configInstances(made: unknown, path: ConfigPath = [], isConfig = true): Generator<ConfigInstance> {
  if (Array.isArray(made) || made instanceof Set) {
    for (const [index, item] of Array.from(made as Iterable<unknown>).entries()) {
      yield* configInstances(item, [...path, index], isConfig);
    }
  } else if (made instanceof Map) {
    for (const [key, item] of made) yield* configInstances(item, [...path, String(key)], isConfig);
  } else {
    const Class = configClassOf(made, isConfig);
    if (!Class) return;
    const instance = made as Readonly<Record<string, unknown>>;
    yield { Class, instance, path };
    for (const [key, property] of configKeys(Class)) {
      yield* configInstances(instance[property], [...path, key], isNested(Class, property));
    }
  }
}
