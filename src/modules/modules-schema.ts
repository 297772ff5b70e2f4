import type { Newable } from "inversify";
import { SharedSchemas, type JsonSchema } from "../config/json-schema.js";
import type { KeyMeaning } from "../config/key-meaning.js";
import { KEY_MEANINGS, MODULE_ENTRY } from "../config/module-entry.js";
import {
  BREAKER_MEANINGS,
  MATCHER_MEANINGS,
  OPERATE_MEANINGS,
  PERMISSIONS_MEANINGS,
  PROCESS_MEANINGS,
  SHADOW_MEANINGS,
} from "../config/operate/operate-meanings.js";
import { OPERATE } from "../config/operate/read-operate.js";
import { PROCESS } from "../config/operate/read-processes.js";
import { entrySchema } from "./entry-schema.js";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** A module that a configuration lists: its class, or what another process says of its entries. */
export type ModuleOfSchema = { readonly specifier: string } & (
  { readonly class: Newable<object> } | { readonly class?: never; readonly entrySchema: JsonSchema }
);

/**
 * The JSON Schema of the `modules:` section of a configuration file. The `config` of each of these modules follows its
 * config class; other modules and other sections of the file are accepted as they are.
 */
export async function modulesSchema(listed: readonly ModuleOfSchema[]): Promise<JsonSchema> {
  const bySpecifier = new Map(listed.map((module) => [module.specifier, module]));
  const shared = new SharedSchemas();
  const keys = await MODULE_ENTRY.jsonSchema(shared);
  const knownModules: JsonSchema[] = [];
  for (const [specifier, module] of bySpecifier) {
    knownModules.push({
      if: { properties: { module: { const: specifier } }, required: ["module"] },
      then: module.class ? await entrySchema(module.class, shared) : shared.adopted(module.entrySchema),
    });
  }
  const operate = await OPERATE.jsonSchema(shared);
  const process = await PROCESS.jsonSchema(shared);
  const entry = {
    ...keys,
    properties: {
      ...described(KEY_MEANINGS),
      operate: { ...described(KEY_MEANINGS)["operate"], ...orNull(operate), ...OPERATE_DESCRIPTIONS },
    },
    ...(knownModules.length > 0 && { allOf: knownModules }),
  };
  const modules = {
    description: "The modules, in the order in which Ligand asks them.",
    type: ["array", "null"],
    items: entry,
  };
  const processes = {
    description: "What the processes may have that modules share.",
    type: ["object", "null"],
    additionalProperties: { ...orNull(process), ...PROCESS_DESCRIPTIONS },
  };
  return {
    $schema: DIALECT,
    type: "object",
    properties: { modules, module_processes: processes },
    ...shared.written(),
  };
}

/** What an editor shows of the keys of a mapping. */
function described(meanings: Readonly<Record<string, KeyMeaning>>): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(meanings).map(([key, { meaning }]) => [key, { description: `${capitalized(meaning)}.` }]),
  );
}

/** What an editor shows of the keys of a mapping, and of those inside them. */
function describedWith(
  meanings: Readonly<Record<string, KeyMeaning>>,
  inside: Readonly<Record<string, JsonSchema>>,
): JsonSchema {
  const outer = described(meanings);
  const properties = Object.entries(inside).map(([key, inner]) => [key, { ...outer[key], ...inner }] as const);
  return { type: ["object", "null"], properties: { ...outer, ...Object.fromEntries(properties) } };
}

const PROCESS_DESCRIPTIONS = describedWith(PROCESS_MEANINGS, { permissions: describedWith(PERMISSIONS_MEANINGS, {}) });
const OPERATE_DESCRIPTIONS = describedWith(OPERATE_MEANINGS, {
  only: describedWith(MATCHER_MEANINGS, {}),
  except: describedWith(MATCHER_MEANINGS, {}),
  circuit_breaker: describedWith(BREAKER_MEANINGS, {}),
  shadow: describedWith(SHADOW_MEANINGS, {}),
  permissions: describedWith(PERMISSIONS_MEANINGS, {}),
});

function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
