import { ValidationTypes } from "class-validator";
import type { Newable } from "inversify";
import { classFacts } from "./class-facts.js";
import { declareMap, keyOf, typeOf } from "./transformer-metadata.js";
import { rulesOf, type PropertyRule } from "./validator-metadata.js";

const known = classFacts<ReadonlyMap<string, string>>();

/**
 * The keys that a config class accepts, each with its property: the properties with a decorator of class-validator
 * and those that a fresh instance has. The two differ only where class-transformer's `@Expose` renames one.
 */
export function configKeys(Class: Newable<object>): ReadonlyMap<string, string> {
  const found = known.get(Class) ?? findKeys(Class);
  known.set(Class, found);
  return found;
}

/**
 * The config class of a value; `undefined` for anything else. Where a property is not declared to hold an instance
 * of a config class, only rules make a class one: a `@Transform` may have made an instance of any class.
 */
export function configClassOf(value: unknown, isConfig: boolean): Newable<object> | undefined {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) === Object.prototype)
    return undefined;
  const Class = value.constructor as Newable<object>;
  return isConfig || rulesOf(Class).size > 0 ? Class : undefined;
}

const nested = classFacts<ReadonlySet<string>>();

/** Whether a property is declared to hold instances of a config class. */
export function isNested(Class: Newable<object>, property: string): boolean {
  const found = nested.get(Class) ?? findNested(Class);
  nested.set(Class, found);
  return found.has(property);
}

const defaults = classFacts<Readonly<Record<string, unknown>>>();

/**
 * The values of a config class's properties if a config doesn't set them. None for a class whose constructor throws:
 * checking a config of the class reports that.
 */
export function defaultsOf(Class: Newable<object>): Readonly<Record<string, unknown>> {
  const found = defaults.get(Class) ?? instanceOf(Class);
  defaults.set(Class, found);
  return found;
}

function instanceOf(Class: Newable<object>): Record<string, unknown> {
  try {
    return new Class() as Record<string, unknown>;
  } catch {
    return {};
  }
}

function findKeys(Class: Newable<object>): Map<string, string> {
  const properties = new Set([...rulesOf(Class).keys(), ...Object.keys(defaultsOf(Class))]);
  return new Map(Array.from(properties, (property) => [keyOf(Class, property), property]));
}

function findNested(Class: Newable<object>): Set<string> {
  return new Set(Array.from(rulesOf(Class)).flatMap(([property, rules]) => (isNestedBy(rules) ? property : [])));
}

function isNestedBy(rules: readonly PropertyRule[]): boolean {
  return rules.some(({ type }) => type === ValidationTypes.NESTED_VALIDATION);
}

const classes = classFacts<readonly Newable<object>[]>();

/** A config class and the config classes inside it, each once, outer ones first. */
export function configClasses(Class: Newable<object>): readonly Newable<object>[] {
  const found = classes.get(Class) ?? findClasses(Class);
  classes.set(Class, found);
  return found;
}

function findClasses(Class: Newable<object>): readonly Newable<object>[] {
  // A set is walked to its end, what is added on the way included.
  const found = new Set([Class]);
  for (const outer of found) {
    for (const property of findNested(outer)) {
      const inner = typeOf(outer, property).Class;
      if (inner) found.add(inner);
    }
  }
  return [...found];
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
