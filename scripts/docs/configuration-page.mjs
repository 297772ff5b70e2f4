// The table of keys in docs/configuration.md, from what the code says of a module's entry. The rest is written by hand.
import "reflect-metadata";
import { readFileSync } from "node:fs";
import { SharedSchemas } from "../../dist/config/json-schema.js";
import { KEY_MEANINGS, MODULE_ENTRY } from "../../dist/config/module-entry.js";
import { table, withParts } from "./markdown.mjs";

/** The page, with the keys as they are now. */
export async function configurationPage() {
  const shared = new SharedSchemas();
  await MODULE_ENTRY.jsonSchema(shared);
  const [schema] = Object.values(shared.written().$defs);
  const keys = table(
    ["key", "meaning", "default"],
    Object.entries(KEY_MEANINGS).map(([key, { meaning, byDefault }]) => [
      `\`${key}\``,
      meaning,
      schema.required.includes(key)
        ? "required"
        : (byDefault ?? `\`${JSON.stringify(schema.properties[key].default)}\``),
    ]),
  );
  return withParts(readFileSync("docs/configuration.md", "utf8"), { keys });
}
