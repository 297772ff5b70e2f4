import { ValidationTypes } from "class-validator";
import type { Newable } from "inversify";
import type { ConfigType, KnownKey } from "../config-type.js";
import { configClasses, configKeys, defaultsOf } from "./config-keys.js";
import { validateConfig } from "./validate-config.js";
import { rulesOf } from "./validator-metadata.js";

/**
 * A class as the type of a config: its properties are the keys, class-validator says the rules, and class-transformer
 * makes instances. No file outside of this folder knows what these packages keep of a class.
 */
export function configClass<T extends object>(Class: Newable<T>): ConfigType<T> {
  return {
    get keys() {
      return configClasses(Class).map((type) => ({
        type,
        name: `the config class \`${type.name}\``,
        keys: knownKeys(type),
      }));
    },
    check(raw, locate, path) {
      return validateConfig(Class, raw, locate, path);
    },
    async jsonSchema(shared) {
      // With it comes a package that nothing but `ligand schema` needs.
      const { referenceTo } = await import("./class-schema.js");
      return referenceTo(Class, shared);
    },
  };
}

function knownKeys(Class: Newable<object>): KnownKey[] {
  const rules = rulesOf(Class);
  return Array.from(configKeys(Class), ([key, property]) => {
    const own = rules.get(property) ?? [];
    // `@IsOptional` and its like say only when the other rules apply.
    const checks = own.filter(({ type }) => type !== ValidationTypes.CONDITIONAL_VALIDATION);
    const isOptional = checks.length < own.length || defaultsOf(Class)[property] !== undefined;
    return { key, isRequired: own.length > 0 && !isOptional, isChecked: checks.length > 0 };
  });
}
