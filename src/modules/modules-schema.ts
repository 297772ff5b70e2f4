import type { Newable } from "inversify";
import { configClass } from "../config/config-class/config-class.js";
import { SharedSchemas, type JsonSchema } from "../config/json-schema.js";
import { KEY_MEANINGS, MODULE_ENTRY } from "../config/module-entry.js";
import type { LoadedModule } from "./load-modules.js";
import { moduleMetadata } from "./module.js";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/**
 * The JSON Schema of the `modules:` section of a configuration file. The `config` of each loaded module follows its
 * config class; other modules and other sections of the file are accepted as they are.
 */
export async function modulesSchema(loaded: readonly Pick<LoadedModule, "info" | "class">[]): Promise<JsonSchema> {
  const classes = new Map<string, Newable<object>>();
  for (const { info, class: Class } of loaded) if (info.specifier !== undefined) classes.set(info.specifier, Class);
  const shared = new SharedSchemas();
  const keys = await MODULE_ENTRY.jsonSchema(shared);
  const knownModules: JsonSchema[] = [];
  for (const [specifier, Class] of classes) {
    knownModules.push({
      if: { properties: { module: { const: specifier } }, required: ["module"] },
      then: await configSchema(Class, shared),
    });
  }
  const entry = {
    ...keys,
    properties: DESCRIPTIONS,
    ...(knownModules.length > 0 && { allOf: knownModules }),
  };
  const modules = {
    description: "The modules, in the order in which Ligand asks them.",
    type: ["array", "null"],
    items: entry,
  };
  return { $schema: DIALECT, type: "object", properties: { modules }, ...shared.written() };
}

/** The schema of a module's entry: without a config class, any mapping will do. */
async function configSchema(Class: Newable<object>, shared: SharedSchemas): Promise<JsonSchema> {
  const Config = moduleMetadata(Class)?.config;
  if (!Config) return { properties: { config: { type: "object" } } };
  const type = configClass(Config);
  const mustHaveConfig = type.keys[0]?.keys.some(({ isRequired }) => isRequired);
  return {
    properties: { config: await type.jsonSchema(shared) },
    ...(mustHaveConfig && { required: ["config"] }),
  };
}

/** What an editor shows of each key of an entry. */
const DESCRIPTIONS: JsonSchema = Object.fromEntries(
  Object.entries(KEY_MEANINGS).map(([key, { meaning }]) => [key, { description: `${capitalized(meaning)}.` }]),
);

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
