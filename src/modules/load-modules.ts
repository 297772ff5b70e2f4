import type { Newable } from "inversify";
import { configClass } from "../config/config-class/config-class.js";
import { placesIn, type Locate } from "../config/config-path.js";
import type { ModuleEntry } from "../config/module-entry.js";
import type { Operate } from "../config/operate/operate.js";
import type { OperateSettings } from "../config/operate/operate-settings.js";
import { readOperate } from "../config/operate/read-operate.js";
import type { Outcome } from "../errors/outcome.js";
import { problemOf, sortProblems, type Position, type Problem } from "../errors/problem.js";
import { asModule, Imports, pickModule } from "./import-module.js";
import { moduleConfig } from "./module-config.js";
import { TIMED_OUT, withinBudget } from "./within-budget.js";
import { moduleMetadata } from "./module.js";
import { moduleIds } from "./module-ids.js";
import type { ModuleInfo } from "./tokens.js";
import { parseSpecifier, resolveSource } from "./specifier.js";

/** A module that a program passes, not a configuration file. @public */
export interface ProgrammaticEntry {
  /** The class, decorated with `@Module`. */
  readonly module: Newable<object>;
  /** Its config: plain data as in a file, or an instance of its config class. */
  readonly config?: object;
  /** Names the module in logs and metrics; the name of the class by default. */
  readonly id?: string;
  /** What the module may do, with the keys of `operate:` in a file. */
  readonly operate?: Operate;
}

/** A module class with its validated config, ready to be bound. @public */
export interface LoadedModule {
  readonly info: ModuleInfo;
  readonly class: Newable<object>;
  readonly config: unknown;
  /** Its config as its entry gives it. */
  readonly written: object;
  /** What the administrator decided about it; undefined when nothing is written. */
  readonly operate?: OperateSettings;
  /** Where the parts of its entry are written; paths start at the entry (`["config", …]`). */
  readonly locate: Locate;
}

/** A module that couldn't be loaded or started, and that the others run without. */
export interface FailedModule {
  readonly info: ModuleInfo;
  readonly problems: readonly Problem[];
}

type Entry = ModuleEntry | ProgrammaticEntry;
type EnabledEntry = ModuleEntry | (Omit<ProgrammaticEntry, "operate"> & { readonly operate?: OperateSettings });
/** A class, and the name by which the entry requested it. */
export interface FoundModule {
  readonly class: Newable<object>;
  readonly name: string;
}

/**
 * Imports the modules of a configuration and validates their configs. Imports run in parallel; results keep the order of
 * the entries. Disabled entries are left out. Problems are in source order.
 *
 * @param budgetMs how long one import, and one check of a config, may take, in milliseconds
 * @param isReload as in {@link Imports}
 */
export async function loadModules(
  entries: readonly Entry[],
  budgetMs = 30_000,
  isReload = false,
): Promise<Outcome<readonly LoadedModule[]>> {
  const operated = await Promise.all(entries.map(withOperate));
  const enabled = operated.flatMap(({ value }) => value ?? []);
  const imports = new Imports(budgetMs, isReload);
  const found = await Promise.all(enabled.map((entry) => findModule(entry, imports)));
  const ids = moduleIds(enabled.map(({ id }, order) => ({ id, name: found[order]!.value?.name })));
  const loaded: LoadedModule[] = [];
  const problems = [...operated.flatMap(({ problems: ofOperate }) => ofOperate), ...ids.problems];
  const placed: { class: Newable<object>; position: Position | undefined }[] = [];
  for (const [order, entry] of enabled.entries()) {
    const { start, locate } = placeOf(entry, order);
    const { value: module, problems: notFound } = found[order]!;
    const place = placesIn(locate, start)(["module"], "value");
    problems.push(...notFound.map((problem) => ({ ...problem, ...place })));
    if (!module) continue;
    placed.push({ class: module.class, position: place.position });
    const inConfig: Locate = (path, what) => locate(["config", ...path], what);
    const checking = moduleConfig(module.class, entry.config ?? {}, inConfig, `${start}.config`);
    const checked = await withinBudget(checking, budgetMs);
    const config =
      checked === TIMED_OUT ? { problems: [configTimeout(inConfig, `${start}.config`, budgetMs)] } : checked;
    for (const problem of config.problems) problems.push(problem);
    const info = infoOf(entry, ids.value[order]!, module.class);
    const { operate } = entry;
    if (config.problems.length > 0) continue;
    const written = entry.config ?? {};
    loaded.push({ info, class: module.class, config: config.value, written, ...(operate && { operate }), locate });
  }
  return { value: loaded, problems: sortProblems([...problems, ...uncheckedProblems(placed)]) };
}

/** Rules and parsers are code of the module: they may wait for something that never comes. */
function configTimeout(locate: Locate, path: string, budgetMs: number): Problem {
  return problemOf("LIGAND_MODULE_START_TIMEOUT", `the config wasn't checked within ${budgetMs} ms`, {
    ...placesIn(locate, path)([], "value"),
    remedy: "Look for a rule, a `validate()` or a `parseConfig` that never settles, or raise `startTimeoutMs`.",
  });
}

/** An entry with its settings, if it's enabled. Those of a file have been read. */
async function withOperate(entry: Entry, order: number): Promise<Outcome<EnabledEntry>> {
  if (!("module" in entry)) return { ...(entry.enabled && { value: entry }), problems: [] };
  const { operate: written, ...others } = entry;
  const path = `modules[${order}]`;
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

/** The path of an entry, and where its parts are written. */
function placeOf(entry: EnabledEntry, order: number): { start: string; locate: Locate } {
  return "module" in entry
    ? { start: `modules[${order}]`, locate: () => undefined }
    : { start: `modules[${entry.index}]`, locate: entry.locate };
}

/** A warning for each type of mapping in configs that has keys without rules, at the first module that has it. */
function uncheckedProblems(
  modules: readonly { readonly class: Newable<object>; readonly position: Position | undefined }[],
): Problem[] {
  const seen = new Set<object>();
  return modules.flatMap(({ class: moduleClass, position }) => {
    const Config = moduleMetadata(moduleClass)?.config;
    if (!Config || seen.has(Config)) return [];
    return configClass(Config).keys.flatMap(({ type, name, keys }) => {
      const unchecked = seen.has(type) ? [] : keys.filter(({ isChecked }) => !isChecked);
      seen.add(type);
      if (unchecked.length === 0) return [];
      const list = unchecked.map(({ key }) => `\`${key}\``).join(", ");
      const message = `${name} has no rule for ${list}, so any value is accepted`;
      return [problemOf("LIGAND_CONFIG_UNCHECKED", message, { severity: "warning", position })];
    });
  });
}

/** The class that an entry names, whatever its config. Its problems have no place: the entry is the place. */
export async function findModule(entry: EnabledEntry, imports: Imports): Promise<Outcome<FoundModule>> {
  if ("module" in entry) return named(asModule(entry.module, `\`${entry.module?.name ?? "module"}\``));
  const specifier = parseSpecifier(entry.specifier);
  if (!specifier.value) return { problems: specifier.problems };
  const { source, exportName } = specifier.value;
  const url = await resolveSource(source, entry.directory);
  if (!url.value) return { problems: url.problems };
  const exports = await imports.exportsOf(url.value, source);
  if (!exports.value) return { problems: exports.problems };
  return named(pickModule(exports.value, specifier.value), exportName);
}

function named({ value: Class, problems }: Outcome<Newable<object>>, name = Class?.name): Outcome<FoundModule> {
  return { value: Class && { class: Class, name: name ?? Class.name }, problems };
}

function infoOf(entry: EnabledEntry, id: string, { name }: Newable<object>): ModuleInfo {
  if ("module" in entry) return { id, name };
  const position = entry.locate(["module"], "value");
  return { id, name, specifier: entry.specifier, ...(position && { position }) };
}
