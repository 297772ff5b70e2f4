import type { Newable } from "inversify";
import { configClasses, uncheckedKeys } from "../config/config-classes.js";
import type { Locate } from "../config/config-path.js";
import type { ModuleEntry } from "../config/module-entry.js";
import { ERRORS } from "../errors/catalogue.js";
import { sortProblems, type Position, type Problem } from "../errors/problem.js";
import { asModule, Imports, pickModule } from "./import-module.js";
import { moduleConfig } from "./module-config.js";
import { moduleMetadata } from "./module.js";
import { moduleIds } from "./module-ids.js";
import type { ModuleInfo } from "./tokens.js";
import { parseSpecifier, resolveSource, type Unplaced } from "./specifier.js";

/** A module given by a program rather than by a configuration file. */
export interface ProgrammaticEntry {
  /** The class, decorated with `@Module`. */
  readonly module: Newable<object>;
  /** Its config: plain data as in a file, or an instance of its config class. */
  readonly config?: object;
  /** Names the module in logs and metrics; by default the name of the class. */
  readonly id?: string;
}

/** A module class with its validated config, ready to be bound. */
export interface LoadedModule {
  readonly info: ModuleInfo;
  readonly class: Newable<object>;
  readonly config: unknown;
  /** Where the parts of its entry are written; paths start at the entry (`["config", …]`). */
  readonly locate: Locate;
}

type Entry = ModuleEntry | ProgrammaticEntry;
/** A class, and the name by which the entry asked for it. */
export interface FoundModule {
  readonly class: Newable<object>;
  readonly name: string;
}

/**
 * Imports the modules of a configuration and validates their configs. Imports run in parallel; results are in the
 * order of the entries. Entries that are not enabled are left out.
 *
 * @param problems receives everything that is wrong, and is brought into the order of the text
 * @param budgetMs how long one import may take, in milliseconds
 */
export async function loadModules(
  entries: readonly Entry[],
  problems: Problem[],
  budgetMs?: number,
): Promise<LoadedModule[]> {
  const enabled = entries.filter((entry) => !("enabled" in entry) || entry.enabled);
  const imports = new Imports(budgetMs);
  const found = await Promise.all(enabled.map((entry) => findModule(entry, imports)));
  const ids = moduleIds(
    enabled.map((entry, index) => ({ ...(entry.id !== undefined && { id: entry.id }), name: nameOf(found[index]!) })),
    problems,
  );
  const loaded: LoadedModule[] = [];
  const seen = new Set<Newable<object>>();
  for (const [order, entry] of enabled.entries()) {
    const index = "index" in entry ? entry.index : order;
    const locate = "locate" in entry ? entry.locate : () => undefined;
    const result = found[order]!;
    if ("code" in result) {
      const position = locate(["module"], "value");
      problems.push({ ...result, ...(position && { position }), path: `modules[${index}].module` });
      continue;
    }
    problems.push(...uncheckedProblems(result.class, seen, locate(["module"], "value")));
    const inConfig: Locate = (path, what) => locate(["config", ...path], what);
    const config = await moduleConfig(result.class, entry.config ?? {}, inConfig, `modules[${index}].config`);
    if (config.problems) problems.push(...config.problems);
    else
      loaded.push({
        info: infoOf(entry, ids[order]!, result.class),
        class: result.class,
        config: config.value,
        locate,
      });
  }
  problems.splice(0, problems.length, ...sortProblems(problems));
  return loaded;
}

/** A warning for each config class of a module that has keys without rules; one for classes seen before. */
function uncheckedProblems(
  moduleClass: Newable<object>,
  seen: Set<Newable<object>>,
  position: Position | undefined,
): Problem[] {
  const config = moduleMetadata(moduleClass)?.config;
  if (!config || seen.has(config)) return [];
  return configClasses(config).flatMap((Class) => {
    const keys = seen.has(Class) ? [] : uncheckedKeys(Class);
    seen.add(Class);
    if (keys.length === 0) return [];
    return [
      {
        code: "LIGAND_CONFIG_UNCHECKED" as const,
        severity: "warning" as const,
        message: `the config class \`${Class.name}\` has no rule for ${keys.map((key) => `\`${key}\``).join(", ")}: any value is accepted`,
        remedy: ERRORS.LIGAND_CONFIG_UNCHECKED.remedy,
        ...(position && { position }),
      },
    ];
  });
}

/** The class that an entry names, whatever its config is. */
export async function findModule(entry: Entry, imports: Imports): Promise<FoundModule | Unplaced> {
  if ("module" in entry) {
    const result = asModule(entry.module, `\`${entry.module?.name ?? "module"}\``);
    return "code" in result ? result : { class: result, name: result.name };
  }
  const specifier = parseSpecifier(entry.specifier);
  if ("code" in specifier) return specifier;
  const url = await resolveSource(specifier.source, entry.directory);
  if ("code" in url) return url;
  const exports = await imports.exportsOf(url, specifier.source);
  if ("code" in exports) return exports;
  const result = pickModule(exports, specifier);
  return "code" in result ? result : { class: result, name: specifier.exportName ?? result.name };
}

function nameOf(found: FoundModule | Unplaced): string | undefined {
  return "code" in found ? undefined : found.name;
}

function infoOf(entry: Entry, id: string, { name }: Newable<object>): ModuleInfo {
  if ("module" in entry) return { id, name };
  const position = entry.locate(["module"], "value");
  return { id, name, specifier: entry.specifier, ...(position && { position }) };
}
