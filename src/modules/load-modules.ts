import type { Newable } from "inversify";
import { placesIn, type Locate } from "../config/config-path.js";
import type { ModuleEntry } from "../config/module-entry.js";
import type { OperateSettings } from "../config/operate/operate-settings.js";
import { readOperate } from "../config/operate/read-operate.js";
import type { Outcome } from "../errors/outcome.js";
import { problemOf, sortProblems, type Problem } from "../errors/problem.js";
import { configureModules, type RunningConfig, type UnconfiguredModule } from "./configure-modules.js";
import { entryPath } from "./entry-path.js";
import type { CodeProblems, Holding } from "./holding.js";
import { findModule, type FoundModule } from "./find-module.js";
import { Imports } from "./import-module.js";
import type { FailedModule, LoadedModule, PlacedModule, ProgrammaticEntry } from "./loaded-module.js";
import { moduleIds } from "./module-ids.js";
import type { ModuleInfo } from "./tokens.js";
import { START_TIMEOUT_MS } from "./within-budget.js";

export type { FailedModule, LoadedModule, PlacedModule, ProgrammaticEntry };

type Entry = ModuleEntry | ProgrammaticEntry;
type EnabledEntry = ModuleEntry | (Omit<ProgrammaticEntry, "operate"> & { readonly operate?: OperateSettings });

/** Loads the modules of some entries in other processes. */
export interface OtherProcesses {
  /** Whether the entry's module runs in another process. */
  has(entry: ModuleEntry): boolean;
  /**
   * What each of these entries names, in their order.
   *
   * @param laterProblems called before a process imports its modules again
   */
  find(entries: readonly ModuleEntry[], laterProblems?: CodeProblems): Promise<readonly Outcome<NamedModule>[]>;
  /** Validates configs, and makes a class for each module that has no problem. Modules that weren't found are left out. */
  describe(modules: readonly ModuleOfEntry[]): Promise<Outcome<readonly PlacedModule[]>>;
}

/** What an entry names. */
export interface NamedModule {
  /** The name by which the entry requested the class. */
  readonly name: string;
  readonly className: string;
}

/** A module that was found for an entry. */
export interface ModuleOfEntry {
  readonly entry: ModuleEntry;
  readonly info: ModuleInfo;
}

/** The modules of some entries. */
export interface LoadedModules extends Outcome<readonly PlacedModule[]> {
  readonly value: readonly PlacedModule[];
  /** The place of each module among the entries. */
  readonly places: ReadonlyMap<ModuleInfo, number>;
}

/** How modules are loaded. */
export interface Loading {
  /** How long one import, and one check of a config, may take, in milliseconds. */
  readonly budgetMs?: number | undefined;
  /** As in {@link Imports}. */
  readonly isReload?: boolean | undefined;
  /** Without it, all modules are loaded in this process. */
  readonly others?: OtherProcesses | undefined;
  /** What the modules are held to; those with other code aren't imported. */
  readonly holding?: Holding | undefined;
  /** The modules that run: a config that hasn't changed isn't validated again. */
  readonly running?: readonly RunningConfig[] | undefined;
}

/**
 * Imports the modules of a configuration and validates their configs. Imports run in parallel; results keep the order of
 * the entries. Disabled entries are left out. Problems are in source order.
 */
export async function loadModules(
  entries: readonly Entry[],
  { budgetMs = START_TIMEOUT_MS, isReload = false, others, holding, running }: Loading = {},
): Promise<LoadedModules> {
  const operated = await Promise.all(entries.map(withOperate));
  const placed = operated.flatMap(({ value: entry }, place) => (entry ? [{ entry, place }] : []));
  const enabled = placed.map(({ entry }) => entry);
  const refused = new Map<EnabledEntry, readonly Problem[]>();
  await Promise.all(
    enabled.map(async (entry) => {
      const refusal = "module" in entry ? [] : ((await holding?.codeProblems(entry)) ?? []);
      if (refusal.length > 0) refused.set(entry, refusal);
    }),
  );
  const elsewhere = enabled.filter(
    (entry): entry is ModuleEntry => !("module" in entry) && !refused.has(entry) && others?.has(entry) === true,
  );
  const imports = new Imports(budgetMs, isReload);
  const findingThere = others?.find(elsewhere, holding?.laterCodeProblems) ?? Promise.resolve([]);
  const findingHere = enabled.map(async (entry): Promise<Outcome<FoundModule> | undefined> => {
    const problems = refused.get(entry);
    if (problems) return { problems };
    return elsewhere.includes(entry as ModuleEntry) ? undefined : findModule(entry, imports);
  });
  // Awaited together: if one side fails while nothing awaits it yet, that's an unhandled rejection.
  const [foundThere, ...foundHere] = await Promise.all([findingThere, ...findingHere]);
  const found = enabled.map((entry, order): Outcome<NamedModule & Partial<FoundModule>> => {
    const here = foundHere[order];
    if (!here) return foundThere[elsewhere.indexOf(entry as ModuleEntry)]!;
    return { value: here.value && { ...here.value, className: here.value.class.name }, problems: here.problems };
  });
  const ids = moduleIds(
    placed.map(({ entry, place }, order) => ({
      id: entry.id,
      name: found[order]!.value?.name,
      path: entryPath(entry, place),
    })),
  );
  const problems = [...operated.flatMap(({ problems: ofOperate }) => ofOperate), ...ids.problems];
  const here: UnconfiguredModule[] = [];
  const there: ModuleOfEntry[] = [];
  const places = new Map<ModuleInfo, number>();
  for (const [order, { entry, place }] of placed.entries()) {
    const path = entryPath(entry, place);
    const locate: Locate = "module" in entry ? () => undefined : entry.locate;
    const { value: module, problems: notFound } = found[order]!;
    const named = placesIn(locate, path)(["module"], "value");
    // Those that have a place are about another part of the entry.
    problems.push(...notFound.map((problem) => (problem.path === undefined ? { ...problem, ...named } : problem)));
    if (!module) continue;
    const info = infoOf(entry, ids.value[order]!, module.className);
    places.set(info, place);
    const { operate } = entry;
    if (module.class) {
      const written = entry.config ?? {};
      here.push({ info, class: module.class, written, ...(operate && { operate }), locate, path });
    } else there.push({ entry: entry as ModuleEntry, info });
  }
  const configured = await configureModules(here, budgetMs, running);
  const described = there.length > 0 ? await others!.describe(there) : undefined;
  const loaded = new Map([...configured.value, ...(described?.value ?? [])].map((module) => [module.info, module]));
  return {
    value: [...places.keys()].flatMap((info) => loaded.get(info) ?? []),
    places,
    problems: sortProblems([...problems, ...configured.problems, ...(described?.problems ?? [])]),
  };
}

/** An entry with its settings, if it's enabled. Those of a file have been read. */
async function withOperate(entry: Entry, place: number): Promise<Outcome<EnabledEntry>> {
  if (!("module" in entry)) return { ...(entry.enabled && { value: entry }), problems: [] };
  const { operate: written, ...others } = entry;
  const path = entryPath(entry, place);
  const { value: operate, problems } = await readOperate(written, () => undefined, path, process.cwd());
  return {
    ...(operate?.mode !== "disabled" && { value: { ...others, ...(operate && { operate }) } }),
    problems: operate?.process ? [...problems, processOfClass(entry.module, `${path}.operate.process`)] : problems,
  };
}

function processOfClass({ name }: Newable<object>, path: string): Problem {
  return problemOf("LIGAND_CONFIG_INVALID", `the class \`${name}\` can't run in another process`, {
    path,
    remedy:
      "List the module in a configuration file, by a specifier that the process can load, or leave `process` out.",
  });
}

function infoOf(entry: EnabledEntry, id: string, name: string): ModuleInfo {
  if ("module" in entry) return { id, name };
  const position = entry.locate(["module"], "value");
  return { id, name, specifier: entry.specifier, ...(position && { position }) };
}
