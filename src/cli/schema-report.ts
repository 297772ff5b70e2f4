import { readConfiguration } from "../config/read-configuration.js";
import { sortProblems, type Problem } from "../errors/problem.js";
import { modulesSchema, type JsonSchema } from "../modules/config-schema.js";
import { Imports } from "../modules/import-module.js";
import { findModule, type FoundModule } from "../modules/load-modules.js";

/** The JSON Schema of a configuration, and what kept modules out of it. */
export interface SchemaReport {
  readonly schema: JsonSchema;
  readonly problems: readonly Problem[];
}

/**
 * The schema of the modules that a configuration lists. Their configs may be wrong: an editor needs the schema most
 * while they are.
 */
export async function schemaReport(files: readonly string[]): Promise<SchemaReport> {
  const problems: Problem[] = [];
  const entries = (await readConfiguration(files, problems)).filter(({ enabled }) => enabled);
  const imports = new Imports();
  const found = await Promise.all(entries.map((entry) => findModule(entry, imports)));
  const modules = entries.flatMap(({ index, specifier, locate }, place) => {
    const result = found[place] as FoundModule | Omit<Problem, "position" | "path">;
    if (!("code" in result))
      return [{ info: { id: result.name, name: result.class.name, specifier }, class: result.class }];
    const position = locate(["module"], "value");
    problems.push({ ...result, ...(position && { position }), path: `modules[${index}].module` });
    return [];
  });
  return { schema: modulesSchema(modules), problems: sortProblems(problems) };
}
