import { placesIn } from "../config/config-path.js";
import type { JsonSchema } from "../config/json-schema.js";
import type { ModuleEntry } from "../config/module-entry.js";
import { readConfiguration } from "../config/read-configuration.js";
import { ProcessesOnDemand } from "../container/processes-on-demand.js";
import type { Outcome } from "../errors/outcome.js";
import { sortProblems, type Problem } from "../errors/problem.js";
import { holdingOf } from "../lock/holding-of.js";
import { modulesSchema, type ModuleOfSchema } from "../modules/modules-schema.js";
import { Imports } from "../modules/import-module.js";
import { findModule } from "../modules/find-module.js";
import { START_TIMEOUT_MS } from "../modules/within-budget.js";

/**
 * The JSON Schema of the modules that a configuration lists, and what kept modules out of it. Their configs may be wrong:
 * an editor needs the schema most while they are. A module that has a process is imported there.
 */
export async function schemaReport(
  files: readonly string[],
): Promise<Outcome<JsonSchema> & { readonly value: JsonSchema }> {
  const { value: entries = [], problems } = await readConfiguration(files);
  const lock = await holdingOf(files);
  // Without a lock that can be read, nothing says what may be imported.
  const enabled = entries.filter((entry) => entry.enabled && lock.problems.length === 0);
  const refused = await Promise.all(
    enabled.map(async (entry) => [entry, (await lock.value?.codeProblems(entry)) ?? []] as const),
  );
  const allowed = refused.flatMap(([entry, refusals]) => (refusals.length === 0 ? [entry] : []));
  const elsewhere = await findElsewhere(allowed.filter(({ operate }) => operate?.process));
  const imports = new Imports(START_TIMEOUT_MS);
  const found = await Promise.all(
    refused.map(async ([entry, refusals]) => {
      const { value, problems: own } =
        refusals.length > 0 ? { problems: refusals } : (elsewhere.get(entry) ?? (await findHere(entry, imports)));
      const place = placesIn(entry.locate, `modules[${entry.index}]`)(["module"], "value");
      return { value, problems: own.map((problem): Problem => ({ ...problem, ...place })) };
    }),
  );
  return {
    value: await modulesSchema(found.flatMap(({ value }) => value ?? [])),
    problems: sortProblems([...lock.problems, ...problems, ...found.flatMap((module) => module.problems)]),
  };
}

async function findHere(entry: ModuleEntry, imports: Imports): Promise<Outcome<ModuleOfSchema>> {
  const { value, problems } = await findModule(entry, imports);
  return { value: value && { specifier: entry.specifier, class: value.class }, problems };
}

/** Has processes import modules and say what may stand in their entries. */
async function findElsewhere(
  entries: readonly ModuleEntry[],
): Promise<ReadonlyMap<ModuleEntry, Outcome<ModuleOfSchema>>> {
  const processes = new ProcessesOnDemand({ startTimeoutMs: START_TIMEOUT_MS, stopTimeoutMs: START_TIMEOUT_MS });
  try {
    const found = await processes.find(entries);
    const schemas = await processes.entrySchemas();
    return new Map(
      entries.map((entry, place) => {
        const { value: schema, problems } = schemas.get(entry) ?? { problems: [] };
        const before = found[place]!.problems;
        // A process that ended is missing both times.
        return [
          entry,
          {
            value: schema && { specifier: entry.specifier, entrySchema: schema },
            problems: before.length > 0 ? before : problems,
          },
        ];
      }),
    );
  } finally {
    await processes.stop();
  }
}
