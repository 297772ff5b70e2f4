import { ValidationTypes } from "class-validator";
import { targetConstructorToSchema } from "class-validator-jsonschema";
import type { Newable } from "inversify";
import type { JsonSchema, SharedSchemas } from "../json-schema.js";
import { configKeys, defaultsOf } from "./config-keys.js";
import { knownKeys } from "./known-keys.js";
import { RULE_SCHEMAS } from "./rule-schemas.js";
import { pathKeyOf, secretProperties } from "./secret.js";
import { keyOf, typeOf } from "./transformer-metadata.js";
import { rulesOf, type PropertyRule } from "./validator-metadata.js";

/** A reference to the JSON Schema of a config class: rules, nested classes, defaults. */
export function referenceTo(Class: Newable<object>, shared: SharedSchemas): JsonSchema {
  return shared.reference(Class, Class.name || "Config", () => classSchema(Class, shared));
}

function classSchema(Class: Newable<object>, shared: SharedSchemas): JsonSchema {
  const defaults = defaultsOf(Class);
  const secrets = secretProperties(Class);
  const byProperty = propertySchemas(Class, (Nested) => referenceTo(Nested, shared));
  const properties = Array.from(configKeys(Class), ([key, property]) => {
    const schema = byProperty.get(property) ?? {};
    if (secrets.has(property)) return [key, { ...schema, writeOnly: true }] as const;
    const byDefault = asJson(defaults[property]);
    return [key, byDefault === undefined ? schema : { ...schema, default: byDefault }] as const;
  });
  const secretKeys = Array.from(secrets, (property) => keyOf(Class, property));
  const pathKeys = secretKeys.map((key) => [pathKeyOf(key), pathSchema(key)] as const);
  const required = knownKeys(Class).filter(({ isRequired }) => isRequired);
  const always = required.map(({ key }) => key).filter((key) => !secretKeys.includes(key));
  return {
    type: "object",
    properties: Object.fromEntries([...properties, ...pathKeys]),
    ...(always.length > 0 && { required: always }),
    ...(secretKeys.length > 0 && {
      allOf: secretKeys.map((key) =>
        oneOfTwo(
          key,
          required.some((known) => known.key === key),
        ),
      ),
    }),
    additionalProperties: false,
  };
}

function pathSchema(key: string): JsonSchema {
  return { description: `The path of a file that holds \`${key}\`.`, type: ["string", "null"] };
}

/** A secret is given itself or as a file, and not as both. */
function oneOfTwo(key: string, isRequired: boolean): JsonSchema {
  const both = { required: [key, pathKeyOf(key)] };
  return isRequired ? { oneOf: [{ required: [key] }, { required: [pathKeyOf(key)] }] } : { not: both };
}

/**
 * The JSON Schemas of the properties of a config class that have rules.
 *
 * @param reference gives the schema by which a property refers to a nested class
 */
function propertySchemas(
  Class: Newable<object>,
  reference: (Class: Newable<object>) => JsonSchema,
): Map<string, JsonSchema> {
  const schema = targetConstructorToSchema(Class, { additionalConverters: RULE_SCHEMAS });
  const converted = (schema.properties ?? {}) as Record<string, JsonSchema>;
  return new Map(
    Array.from(rulesOf(Class), ([property, rules]) => {
      const own = converted[property] ?? {};
      const nested = rules.some(({ type }) => type === ValidationTypes.NESTED_VALIDATION)
        ? nestedSchema(Class, property, rules, own, reference)
        : isFreeMapping(Class, property)
          ? { type: "object", additionalProperties: own["items"] ?? {} }
          : own;
      return [property, isOptional(rules) ? orNull(nested) : nested];
    }),
  );
}

/** Whether the decorators of its property allow a key to be absent or null. */
function isOptional(rules: readonly PropertyRule[]): boolean {
  return rules.some(({ type }) => type === ValidationTypes.CONDITIONAL_VALIDATION);
}

function nestedSchema(
  Class: Newable<object>,
  property: string,
  rules: readonly PropertyRule[],
  own: JsonSchema,
  reference: (Class: Newable<object>) => JsonSchema,
): JsonSchema {
  const { Class: Nested, isMap } = typeOf(Class, property);
  const item = Nested ? reference(Nested) : {};
  if (isMap || isFreeMapping(Class, property)) return { type: "object", additionalProperties: item };
  const isList =
    own["type"] === "array" || rules.some(({ each }) => each) || Array.isArray(defaultsOf(Class)[property]);
  return isList ? { ...own, type: "array", items: item } : { ...own, ...item };
}

function orNull(schema: JsonSchema): JsonSchema {
  if ("$ref" in schema) return { anyOf: [schema, { type: "null" }] };
  return {
    ...schema,
    ...(typeof schema["type"] === "string" && { type: [schema["type"], "null"] }),
    ...(Array.isArray(schema["enum"]) && { enum: [...schema["enum"], null] }),
  };
}

/** Whether a mapping has free keys: its property holds a `Map`. */
function isFreeMapping(Class: Newable<object>, property: string): boolean {
  return defaultsOf(Class)[property] instanceof Map;
}

/**
 * A value as JSON; undefined for one that JSON can't carry. class-transformer would run each `@Transform`, which is meant
 * for values from a file.
 */
function asJson(value: unknown): unknown {
  try {
    const text = JSON.stringify(value, (_key, part: unknown) => {
      if (part instanceof Map) return Object.fromEntries(part);
      return part instanceof Set ? [...part] : part;
    }) as string | undefined;
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
