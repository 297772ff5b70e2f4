// The tables of keys in docs/configuration.md, from what the code says of them. The rest is written by hand.
import "reflect-metadata";
import { readFileSync } from "node:fs";
import { SharedSchemas } from "../../dist/config/json-schema.js";
import { KEY_MEANINGS, MODULE_ENTRY } from "../../dist/config/module-entry.js";
import {
  BREAKER_MEANINGS,
  MATCHER_MEANINGS,
  OPERATE_MEANINGS,
  PERMISSIONS_MEANINGS,
  PROCESS_MEANINGS,
  SHADOW_MEANINGS,
} from "../../dist/config/operate/operate-meanings.js";
import { OPERATE } from "../../dist/config/operate/read-operate.js";
import { PROCESS } from "../../dist/config/operate/read-processes.js";
import { table, withParts } from "./markdown.mjs";

/** The page, with the keys as they are now. */
export async function configurationPage() {
  const shared = new SharedSchemas();
  await Promise.all([MODULE_ENTRY, OPERATE, PROCESS].map((type) => type.jsonSchema(shared)));
  const { $defs: schemas } = shared.written();
  const keys = (type, meanings) => keyTable(schemas[type], meanings);
  return withParts(readFileSync("docs/configuration.md", "utf8"), {
    keys: keys("ModuleEntryKeys", KEY_MEANINGS),
    operate: keys("OperateKeys", OPERATE_MEANINGS),
    matcher: keys("MatcherKeys", MATCHER_MEANINGS),
    breaker: keys("BreakerKeys", BREAKER_MEANINGS),
    shadow: keys("ShadowKeys", SHADOW_MEANINGS),
    process: keys("ProcessKeys", PROCESS_MEANINGS),
    permissions: keys("PermissionsKeys", PERMISSIONS_MEANINGS),
  });
}

/** A table of the keys of a mapping. */
function keyTable({ properties, required = [] }, meanings) {
  const byDefault = (key) => (properties[key].default === undefined ? "" : `\`${written(properties[key].default)}\``);
  return table(
    ["key", "meaning", "default"],
    Object.entries(meanings).map(([key, meaning]) => [
      `\`${key}\``,
      meaning.meaning,
      required.includes(key) ? "required" : (meaning.byDefault ?? byDefault(key)),
    ]),
  );
}

/** A default as YAML. */
function written(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
