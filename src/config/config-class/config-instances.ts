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
export function configInstances(made: object, path: ConfigPath = [], isConfig = true): readonly ConfigInstance[] {
  const within = (segment: string | number, value: unknown, isNestedConfig = isConfig) =>
    // Most values aren't objects.
    typeof value === "object" && value !== null ? configInstances(value, [...path, segment], isNestedConfig) : [];
  if (Array.isArray(made) || made instanceof Set) {
    return Array.from(made as Iterable<unknown>).flatMap((item, index) => within(index, item));
  }
  if (made instanceof Map) return Array.from(made).flatMap(([key, item]) => within(String(key), item));
  const Class = configClassOf(made, isConfig);
  if (!Class) return [];
  const instance = made as Readonly<Record<string, unknown>>;
  const inside = Array.from(configKeys(Class)).flatMap(([key, property]) =>
    within(key, instance[property], isNested(Class, property)),
  );
  return [{ Class, instance, path }, ...inside];
}
