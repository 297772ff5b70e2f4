import { ValidationTypes } from "class-validator";
import type { Newable } from "inversify";
import type { KnownKey } from "../config-type.js";
import { configKeys, defaultsOf } from "./config-keys.js";
import { rulesOf } from "./validator-metadata.js";

/** The keys of a config class, and what its rules say about each. */
export function knownKeys(Class: Newable<object>): KnownKey[] {
  const rules = rulesOf(Class);
  return Array.from(configKeys(Class), ([key, property]) => {
    const own = rules.get(property) ?? [];
    // `@IsOptional` and the like only say when the other rules apply.
    const checks = own.filter(({ type }) => type !== ValidationTypes.CONDITIONAL_VALIDATION);
    const isOptional = checks.length < own.length || defaultsOf(Class)[property] !== undefined;
    return { key, isRequired: own.length > 0 && !isOptional, isChecked: checks.length > 0 };
  });
}
