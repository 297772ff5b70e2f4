import type { Newable } from "inversify";
import type { ConfigPath } from "./config-path.js";
import { configKeys } from "./config-keys.js";

/** A key in a config that its class does not know. */
export interface UnknownKey {
  readonly path: ConfigPath;
  readonly key: string;
  /** The keys that the class knows. */
  readonly known: readonly string[];
}

/**
 * Finds the unknown keys at every depth, by walking what the file says beside what class-transformer made of it:
 * wherever a mapping became an instance of a class, that class says which keys are known.
 */
export function unknownKeys(raw: unknown, made: unknown, path: ConfigPath = []): UnknownKey[] {
  if (Array.isArray(raw)) {
    const items = made instanceof Set ? Array.from(made) : made;
    return Array.isArray(items) ? raw.flatMap((item, index) => unknownKeys(item, items[index], [...path, index])) : [];
  }
  if (!isObject(raw) || !isObject(made)) return [];
  const properties = isClassInstance(made) ? configKeys(made.constructor as Newable<object>) : undefined;
  return Object.entries(raw).flatMap(([key, value]) => {
    const property = properties ? properties.get(key) : key;
    if (property === undefined) return [{ path: [...path, key], key, known: Array.from(properties!.keys()) }];
    const inner = made instanceof Map ? (made.get(key) as unknown) : (made as Record<string, unknown>)[property];
    return unknownKeys(value, inner, [...path, key]);
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isClassInstance(value: object): boolean {
  const { constructor } = value;
  return typeof constructor === "function" && ![Object, Map, Set, Array, Date].includes(constructor as never);
}
