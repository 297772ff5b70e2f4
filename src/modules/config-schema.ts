import type { Newable } from "inversify";
import { configKeys } from "../config/config-keys.js";
import { rulesOf } from "../config/validator-metadata.js";
import type { LoadedModule } from "./load-modules.js";
import { moduleMetadata } from "./module.js";
import { isOptional, propertySchemas, type JsonSchema } from "./property-schemas.js";

export type { JsonSchema } from "./property-schemas.js";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/**
 * The JSON Schema (draft 2020-12) of a module's config, made from its config class: rules, nested classes, defaults.
 * A module without config class accepts every mapping.
 *
 * @param Class a module class, or a config class
 */
export function configSchema(Class: Newable<object>): JsonSchema {
  const definitions = new Definitions();
  const metadata = moduleMetadata(Class);
  const schema = metadata && !metadata.config ? ANY_MAPPING : definitions.object(metadata?.config ?? Class);
  return { $schema: DIALECT, ...schema, ...definitions.written() };
}

/**
 * The JSON Schema of a configuration file's section `modules:`. The `config` of each module that is loaded follows
 * its config class; other modules and other sections of the file are accepted as they are.
 */
export function modulesSchema(loaded: readonly Pick<LoadedModule, "info" | "class">[]): JsonSchema {
  const classes = new Map<string, Newable<object>>();
  for (const { info, class: Class } of loaded) if (info.specifier !== undefined) classes.set(info.specifier, Class);
  const definitions = new Definitions();
  const knownModules = Array.from(classes, ([specifier, Class]) => {
    const configClass = moduleMetadata(Class)?.config;
    const config = configClass ? definitions.reference(configClass) : ANY_MAPPING;
    const mustHaveConfig = configClass !== undefined && requiredKeys(configClass).length > 0;
    return {
      if: { properties: { module: { const: specifier } }, required: ["module"] },
      then: { properties: { config }, ...(mustHaveConfig && { required: ["config"] }) },
    };
  });
  const entry = { ...ENTRY, ...(knownModules.length > 0 && { allOf: knownModules }) };
  const modules = {
    description: "The modules, in the order in which they are asked.",
    type: ["array", "null"],
    items: entry,
  };
  return { $schema: DIALECT, type: "object", properties: { modules }, ...definitions.written() };
}

const ANY_MAPPING: JsonSchema = { type: "object" };

const ENTRY: JsonSchema = {
  type: "object",
  properties: {
    module: {
      description: "What to load: `package-or-path#Export`. A path is relative to this file.",
      type: "string",
      minLength: 1,
    },
    id: { description: "Names the module in logs and metrics.", type: ["string", "null"], minLength: 1 },
    enabled: { description: "Whether to load the module.", type: ["boolean", "null"], default: true },
    config: { description: "The module's own config." },
  },
  required: ["module"],
  additionalProperties: false,
};

/** The schemas of classes that others refer to, each written once, so that a class may contain itself. */
class Definitions {
  readonly #names = new Map<Newable<object>, string>();
  readonly #schemas: Record<string, JsonSchema> = {};

  reference(Class: Newable<object>): JsonSchema {
    const known = this.#names.get(Class);
    if (known !== undefined) return { $ref: `#/$defs/${known}` };
    const name = this.#freeName(Class.name || "Config");
    this.#names.set(Class, name);
    this.#schemas[name] = {};
    this.#schemas[name] = this.object(Class);
    return { $ref: `#/$defs/${name}` };
  }

  object(Class: Newable<object>): JsonSchema {
    const defaults = asJson(new Class()) as Record<string, unknown>;
    const byProperty = propertySchemas(Class, (Nested) => this.reference(Nested));
    const properties = Array.from(configKeys(Class), ([key, property]) => {
      const schema = byProperty.get(property) ?? {};
      return [key, defaults[property] === undefined ? schema : { ...schema, default: defaults[property] }] as const;
    });
    const required = requiredKeys(Class);
    return {
      type: "object",
      properties: Object.fromEntries(properties),
      ...(required.length > 0 && { required }),
      additionalProperties: false,
    };
  }

  written(): JsonSchema {
    return this.#names.size > 0 ? { $defs: this.#schemas } : {};
  }

  #freeName(name: string): string {
    let free = name;
    for (let number = 2; free in this.#schemas; number++) free = `${name}-${number}`;
    return free;
  }
}

/** The keys that a file must have: those with rules, without default, and not optional. */
function requiredKeys(Class: Newable<object>): string[] {
  const rules = rulesOf(Class);
  const defaults = new Class() as Record<string, unknown>;
  return Array.from(configKeys(Class)).flatMap(([key, property]) => {
    const own = rules.get(property);
    return own && !isOptional(own) && defaults[property] === undefined ? [key] : [];
  });
}

/** A value as JSON has it; class-transformer would run each `@Transform`, which is made for values of a file. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Map) return Object.fromEntries(part);
    return part instanceof Set ? [...part] : part;
  });
  return JSON.parse(text);
}
