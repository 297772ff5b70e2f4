import type { Newable } from "inversify";
import type { ConfigType } from "../config-type.js";
import { configClasses } from "./config-keys.js";
import { knownKeys } from "./known-keys.js";
import { validateConfig } from "./validate-config.js";

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
    check(raw, locate, path, known) {
      return validateConfig(Class, raw, locate, path, known);
    },
    async jsonSchema(shared) {
      // It brings a package that only `ligand schema` needs.
      const { referenceTo } = await import("./class-schema.js");
      return referenceTo(Class, shared);
    },
  };
}
