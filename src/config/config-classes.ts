import { ValidationTypes } from "class-validator";
import type { Newable } from "inversify";
import { configKeys, defaultsOf } from "./config-keys.js";
import { declareMap, typeOf } from "./transformer-metadata.js";
import { rulesOf } from "./validator-metadata.js";

/** A config class and those of the mappings in it, each once, outer ones first. */
export function configClasses(Class: Newable<object>): readonly Newable<object>[] {
  // A set is walked to its end, what is added on the way included.
  const classes = new Set([Class]);
  for (const outer of classes) {
    for (const [property, rules] of rulesOf(outer)) {
      const isNested = rules.some(({ type }) => type === ValidationTypes.NESTED_VALIDATION);
      const nested = isNested ? typeOf(outer, property).Class : undefined;
      if (nested) classes.add(nested);
    }
  }
  return [...classes];
}

const prepared = new WeakSet<Newable<object>>();

/**
 * Tells class-transformer which properties are mappings with free keys: those of which the initial value is a `Map`. It
 * would read that from the types that `emitDecoratorMetadata` writes.
 */
export function prepareMaps(Class: Newable<object>): void {
  if (prepared.has(Class)) return;
  prepared.add(Class);
  for (const outer of configClasses(Class)) {
    for (const [property, value] of Object.entries(defaultsOf(outer))) {
      if (value instanceof Map) declareMap(outer, property);
    }
  }
}

/** The keys of a config class that no rule looks at: `@IsOptional` and its like say only when rules apply. */
export function uncheckedKeys(Class: Newable<object>): string[] {
  const rules = rulesOf(Class);
  return Array.from(configKeys(Class)).flatMap(([key, property]) => {
    const own = rules.get(property) ?? [];
    return own.some(({ type }) => type !== ValidationTypes.CONDITIONAL_VALIDATION) ? [] : [key];
  });
}
