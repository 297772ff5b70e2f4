import { ValidationTypes } from "class-validator";
import type { ErrorCode } from "../../errors/catalogue.js";
import type { Newable } from "inversify";
import type { ConfigInstance } from "./config-instances.js";
import { configKeys, defaultsOf } from "./config-keys.js";
import type { ConfigPath } from "../config-path.js";
import { contrast } from "../describe-found.js";
import { rulesOf, type PropertyRule } from "./validator-metadata.js";

/** A value whose shape the config class can't mean, although class-validator accepts it. */
export interface StructureFault {
  readonly code: ErrorCode;
  readonly path: ConfigPath;
  readonly message: string;
  readonly remedy: string;
}

/**
 * Checks what class-validator leaves open: a rule with `each: true` holds for a single value as well, so that a string
 * passes for a list of strings; `@ValidateNested` holds for an absent value, for a list in the place of a mapping, and for
 * a mapping of no known class.
 */
export function structureFaults(instances: readonly ConfigInstance[]): StructureFault[] {
  return instances.flatMap(({ Class, instance, path }) => {
    const rules = rulesOf(Class);
    return Array.from(configKeys(Class)).flatMap(([key, property]) => {
      const own = rules.get(property) ?? [];
      const value = instance[property];
      if (isLeftOut(own, instance, value)) return [];
      if (own.length > 0 && isWriteOnly(Class, property)) return [unreadable([...path, key], Class.name, property)];
      const isMap = defaultsOf(Class)[property] instanceof Map;
      return propertyFaults(own, value, [...path, key], Class.name, isMap);
    });
  });
}

function propertyFaults(
  rules: readonly PropertyRule[],
  value: unknown,
  path: ConfigPath,
  className: string,
  isMap: boolean,
): StructureFault[] {
  const key = String(path.at(-1));
  const nested = rules.some(({ type }) => type === ValidationTypes.NESTED_VALIDATION);
  const list = !isMap && rules.some(({ each }) => each);
  const expected = list ? "a list" : "a mapping";
  if (value === undefined && nested) {
    const message = `the key \`${key}\` is missing; it must be ${expected}`;
    return [{ code: "LIGAND_CONFIG_MISSING_KEY", path, message, remedy: `Add \`${key}:\` with ${expected}.` }];
  }
  if (value === undefined) return [];
  const isList = Array.isArray(value) || value instanceof Set || value instanceof Map;
  if (list && !isList) {
    const message = contrast("must be a list", value, path);
    return [
      {
        code: "LIGAND_CONFIG_TYPE",
        path,
        message,
        remedy: "Write a list: one item per line, after `- `.",
      },
    ];
  }
  const isListByMistake = nested && Array.isArray(value) && !list && !rules.some(isAboutLists);
  if (isMap ? !(value instanceof Map) : isListByMistake) {
    const message = contrast("must be a mapping", value, path);
    return [{ code: "LIGAND_CONFIG_TYPE", path, message, remedy: "Write a mapping: its keys without dashes." }];
  }
  if (!nested) return [];
  const items: [ConfigPath, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [[...path, index], item])
    : [[path, value]];
  return items.flatMap(([at, item]) => (isPlainMapping(item) ? [typeMissing(at, key, className)] : []));
}

/** Whether a property has only a setter: its value can't be read back. */
function isWriteOnly(Class: Newable<object>, property: string): boolean {
  let holder: object | null = Class.prototype as object;
  while (holder && !Object.hasOwn(holder, property)) holder = Object.getPrototypeOf(holder) as object | null;
  const descriptor = holder ? Object.getOwnPropertyDescriptor(holder, property) : undefined;
  return descriptor?.set !== undefined && descriptor.get === undefined;
}

function unreadable(path: ConfigPath, className: string, property: string): StructureFault {
  return {
    code: "LIGAND_CONFIG_INVALID",
    path,
    message: `the config class \`${className}\` has only a setter for \`${property}\`, so its value can't be checked`,
    remedy: `The module's author adds a getter to \`${property}\`, or makes it a property.`,
  };
}

/** `@IsArray`, `@ArrayNotEmpty` and their like: with one of them `@ValidateNested` means the items, `each` or not. */
function isAboutLists({ name }: PropertyRule): boolean {
  return /^(is)?array/i.test(name ?? "");
}

function typeMissing(path: ConfigPath, property: string, className: string): StructureFault {
  return {
    code: "LIGAND_CONFIG_INVALID",
    path,
    message: `the config class \`${className}\` doesn't say which class the mappings in \`${property}\` are, so they can't be validated`,
    remedy:
      `The module's author puts \`@Type(() => TheClass)\` of class-transformer before \`${property}\`. ` +
      "If it's already there, the module has its own copy of class-transformer: run `npm dedupe`, or leave it out of the bundle.",
  };
}

/** Whether the conditions of a property (`@IsOptional`, `@ValidateIf`) exempt its value from all rules. */
function isLeftOut(rules: readonly PropertyRule[], owner: object, value: unknown): boolean {
  return rules
    .filter(({ type }) => type === ValidationTypes.CONDITIONAL_VALIDATION)
    .some(({ constraints }) => !(constraints as [(owner: object, value: unknown) => boolean])[0](owner, value));
}

function isPlainMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
