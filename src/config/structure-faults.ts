import { ValidationTypes } from "class-validator";
import type { ErrorCode } from "../errors/catalogue.js";
import { configClassOf, configKeys, isNested } from "./config-keys.js";
import type { ConfigPath } from "./config-path.js";
import { describeFound } from "./found.js";
import { rulesOf, type PropertyRule } from "./validator-metadata.js";

/** A value whose shape its config class cannot mean, although class-validator lets it pass. */
export interface StructureFault {
  readonly code: ErrorCode;
  readonly path: ConfigPath;
  readonly message: string;
  readonly remedy: string;
}

/**
 * Checks what class-validator leaves open: a rule with `each: true` holds for a single value as well, so that a text
 * passes for a list of texts; `@ValidateNested` holds for an absent value, and for a mapping of no known class.
 *
 * @param made what class-transformer made of the config
 * @param isConfig whether `made`, if it is an instance of a class, is one of a config class for sure
 */
export function structureFaults(made: unknown, path: ConfigPath = [], isConfig = true): StructureFault[] {
  if (made instanceof Map) {
    return Array.from(made).flatMap(([key, item]) => structureFaults(item, [...path, String(key)], isConfig));
  }
  if (Array.isArray(made) || made instanceof Set) {
    const items = Array.from(made as Iterable<unknown>);
    return items.flatMap((item, index) => structureFaults(item, [...path, index], isConfig));
  }
  const Class = configClassOf(made, isConfig);
  if (!Class) return [];
  const rules = rulesOf(Class);
  return Array.from(configKeys(Class)).flatMap(([key, property]) => {
    const value = (made as Record<string, unknown>)[property];
    const here = [...path, key];
    const own = rules.get(property) ?? [];
    const faults = isLeftOut(own, made as object, value) ? [] : propertyFaults(own, value, here, Class.name);
    return faults.length > 0 ? faults : structureFaults(value, here, isNested(Class, property));
  });
}

function propertyFaults(
  rules: readonly PropertyRule[],
  value: unknown,
  path: ConfigPath,
  className: string,
): StructureFault[] {
  const key = String(path.at(-1));
  const nested = rules.some(({ type }) => type === ValidationTypes.NESTED_VALIDATION);
  const list = rules.some(({ each }) => each);
  const expected = list ? "a list" : "a mapping";
  if (value === undefined && nested) {
    const message = `the key \`${key}\` is missing; it must be ${expected}`;
    return [{ code: "LIGAND_CONFIG_MISSING_KEY", path, message, remedy: `Add \`${key}:\` with ${expected}.` }];
  }
  if (value === undefined) return [];
  const isList = Array.isArray(value) || value instanceof Set || value instanceof Map;
  if (list && !isList) {
    const message = `found ${describeFound(value, path)}; it must be a list`;
    return [
      {
        code: "LIGAND_CONFIG_TYPE",
        path,
        message,
        remedy: "Write a list: each item on a line of its own, after `- `.",
      },
    ];
  }
  if (!nested) return [];
  const items: [ConfigPath, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [[...path, index], item])
    : [[path, value]];
  return items.flatMap(([at, item]) => (isPlainMapping(item) ? [typeMissing(at, key, className)] : []));
}

function typeMissing(path: ConfigPath, property: string, className: string): StructureFault {
  return {
    code: "LIGAND_CONFIG_INVALID",
    path,
    message: `the config class \`${className}\` does not say which class the mappings in \`${property}\` are, so they cannot be validated`,
    remedy: `The module's author puts \`@Type(() => TheClass)\` of class-transformer before \`${property}\`.`,
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
