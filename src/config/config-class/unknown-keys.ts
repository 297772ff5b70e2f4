import { configClassOf, configKeys, isNested } from "./config-keys.js";
import type { ConfigPath } from "../config-path.js";
import { pathKeyOf, secretProperties } from "./secret.js";
import { keyOf } from "./transformer-metadata.js";

/** A key in a config that its class doesn't have. */
export interface UnknownKey {
  readonly path: ConfigPath;
  readonly key: string;
  /** The keys that the class has. */
  readonly known: readonly string[];
}

/**
 * Finds the unknown keys at every depth, by walking what the file says beside what class-transformer made of it:
 * wherever a mapping became an instance of a config class, that class says which keys are known.
 *
 * @param isConfig whether `made`, if it is an instance of a class, is one of a config class for sure
 */
export function unknownKeys(raw: unknown, made: unknown, path: ConfigPath = [], isConfig = true): UnknownKey[] {
  if (Array.isArray(raw)) {
    const items = made instanceof Set ? Array.from(made) : made;
    if (!Array.isArray(items)) return [];
    return raw.flatMap((item, index) => unknownKeys(item, items[index], [...path, index], isConfig));
  }
  if (!isMapping(raw)) return [];
  if (made instanceof Map) {
    return Object.entries(raw).flatMap(([key, value]) => unknownKeys(value, made.get(key), [...path, key], isConfig));
  }
  const Class = configClassOf(made, isConfig);
  if (!Class) return [];
  const keys = configKeys(Class);
  const pathKeys = new Set(Array.from(secretProperties(Class), (property) => pathKeyOf(keyOf(Class, property))));
  return Object.entries(raw).flatMap(([key, value]) => {
    const property = keys.get(key);
    if (property === undefined && pathKeys.has(key)) return [];
    if (property === undefined) return [{ path: [...path, key], key, known: [...keys.keys(), ...pathKeys] }];
    const inner = (made as Record<string, unknown>)[property];
    return unknownKeys(value, inner, [...path, key], isNested(Class, property));
  });
}

function isMapping(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
