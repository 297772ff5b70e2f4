import { placesIn } from "../config/config-path.js";
import type { JsonSchema } from "../config/json-schema.js";
import { readConfiguration } from "../config/read-configuration.js";
import type { Outcome } from "../errors/outcome.js";
import { sortProblems } from "../errors/problem.js";
import { holdingOf } from "../lock/holding-of.js";
import { modulesSchema } from "../modules/modules-schema.js";
import { Imports } from "../modules/import-module.js";
import { findModule } from "../modules/find-module.js";

/**
 * The JSON Schema of the modules that a configuration lists, and what kept modules out of it. Their configs may be wrong:
 * an editor needs the schema most while they are.
 */
export async function schemaReport(
  files: readonly string[],
): Promise<Outcome<JsonSchema> & { readonly value: JsonSchema }> {
  const { value: entries = [], problems } = await readConfiguration(files);
  const lock = await holdingOf(files);
  const imports = new Imports();
  const found = await Promise.all(
    entries
      // Without a lock that can be read, nothing says what may be imported.
      .filter(({ enabled }) => enabled && lock.problems.length === 0)
      .map(async (entry) => {
        const place = placesIn(entry.locate, `modules[${entry.index}]`)(["module"], "value");
        const refused = (await lock.value?.codeProblems(entry)) ?? [];
        const { value, problems } = refused.length > 0 ? { problems: refused } : await findModule(entry, imports);
        return { specifier: entry.specifier, value, problems: problems.map((problem) => ({ ...problem, ...place })) };
      }),
  );
  const modules = found.flatMap(({ specifier, value }) =>
    value ? [{ info: { id: value.name, name: value.class.name, specifier }, class: value.class }] : [],
  );
  return {
    value: await modulesSchema(modules),
    problems: sortProblems([...lock.problems, ...problems, ...found.flatMap(({ problems }) => problems)]),
  };
}
