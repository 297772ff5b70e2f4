import type { Newable } from "inversify";
import { SharedSchemas, type JsonSchema } from "../config/json-schema.js";
import { configTypeOf } from "./config-type-of.js";

/** The schema of a module's entry: without a config class, any mapping will do. */
export async function entrySchema(Class: Newable<object>, shared: SharedSchemas): Promise<JsonSchema> {
  const type = await configTypeOf(Class);
  if (!type) return { properties: { config: { type: "object" } } };
  const mustHaveConfig = type.keys[0]?.keys.some(({ isRequired }) => isRequired);
  return {
    properties: { config: await type.jsonSchema(shared) },
    ...(mustHaveConfig && { required: ["config"] }),
  };
}

/** The same with all that it refers to, for {@link SharedSchemas.adopted}. */
export async function wholeEntrySchema(Class: Newable<object>): Promise<JsonSchema> {
  const shared = new SharedSchemas();
  return { ...(await entrySchema(Class, shared)), ...shared.written() };
}
