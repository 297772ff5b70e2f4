import { closest } from "../errors/did-you-mean.js";
import { firstProblems } from "../errors/limit-problems.js";
import type { Outcome } from "../errors/outcome.js";
import { isError, problemOf, type Problem, type ProblemDetails } from "../errors/problem.js";
import { placesIn, type Locate } from "./config-path.js";
import { butFound, quote } from "./describe-found.js";
import { MODULE_ENTRY, type ModuleEntry, type ModuleEntryKeys } from "./module-entry.js";
import type { YamlFile } from "./parse-yaml.js";
import { readOperate } from "./operate/read-operate.js";
import { offsetOf, plainValue, type ListSource, type PlacedFault, type Source } from "./source.js";

/** How many modules are read. */
export const MAX_MODULES = 1000;

/**
 * Reads the items of the section `modules:`.
 *
 * @param directory where relative specifiers start
 */
export async function readEntries(
  { items }: ListSource,
  yaml: YamlFile,
  directory: string,
): Promise<Outcome<readonly ModuleEntry[]>> {
  const read = items.slice(0, MAX_MODULES);
  const repeated = repeatedIds(read, yaml);
  const entries: ModuleEntry[] = [];
  const problems: Problem[] = items.length > MAX_MODULES ? [tooManyModules(items, yaml)] : [];
  for (const [index, source] of read.entries()) {
    const entry = await readEntry(source, index, yaml, directory, repeated.get(index));
    if (entry.value) entries.push(entry.value);
    for (const problem of entry.problems) problems.push(problem);
  }
  return { value: entries, problems };
}

function tooManyModules(items: readonly Source[], yaml: YamlFile): Problem {
  return problemOf(
    "LIGAND_CONFIG_TOO_LARGE",
    `${items.length} modules are listed; Ligand reads the first ${MAX_MODULES}`,
    {
      position: yaml.position(items[MAX_MODULES]!.offset),
      path: `modules[${MAX_MODULES}]`,
      remedy: "Remove modules from the list.",
    },
  );
}

async function readEntry(
  source: Source,
  index: number,
  yaml: YamlFile,
  directory: string,
  repeatedId: Problem | undefined,
): Promise<Outcome<ModuleEntry>> {
  const { value: raw, faults } = plainValue(source, ["modules", index]);
  const [errors, warnings] = [faults.filter(isFaultError), faults.filter((fault) => !isFaultError(fault))];
  const ofYaml = [errors, warnings].flatMap((some) => firstProblems(some, (fault) => yaml.problem(fault)));
  const locate: Locate = (path, what) => yaml.position(offsetOf(source, path, what));
  const path = `modules[${index}]`;
  const at = placesIn(locate, path);
  if (!isMapping(raw)) return { problems: [...ofYaml, entryProblem(raw, at([], "value"))] };
  const misplaced = misplacedKeys(raw);
  const checked = await MODULE_ENTRY.check(withoutKeys(raw, new Set([...misplaced, ...READ_APART])), locate, path);
  const operate = await readOperate(raw["operate"], locate, path, directory);
  const broken = brokenNames(raw, at);
  const problems = [
    ...ofYaml,
    ...configProblems(raw["config"], at(["config"], "value")),
    ...(repeatedId ? [repeatedId] : []),
    ...broken,
    ...firstProblems([...misplaced], (key) => misplacedProblem(key, raw, at([key], "key"))),
    ...checked.problems,
    ...operate.problems,
  ];
  const { module: specifier, id, enabled } = checked.value ?? (raw as Partial<ModuleEntryKeys>);
  // What was written beside an empty `config:` is checked as what it is meant to be.
  const shifted: ReadonlySet<string> =
    (raw["config"] ?? null) === null
      ? new Set([...misplaced].filter((key) => (synonymOf(key, raw) ?? switchFor(key, raw)) === undefined))
      : new Set();
  const config =
    shifted.size > 0 ? Object.fromEntries(Array.from(shifted, (key) => [key, raw[key]])) : asMapping(raw["config"]);
  // What is wrong with the module and its config is reported as well, whatever else is wrong with the entry.
  const isLoadable = !ofYaml.some(isError) && broken.length === 0 && (checked.value !== undefined || "config" in raw);
  if (!isLoadable || !config || typeof specifier !== "string" || specifier === "") return { problems };
  const inEntry: Locate = (inner, what) => {
    const isShifted = inner[0] === "config" && shifted.has(String(inner[1]));
    return locate(isShifted ? inner.slice(1) : inner, what);
  };
  const ownId = !problems.some(isError) && id ? { id } : {};
  return {
    value: {
      index,
      specifier,
      ...ownId,
      enabled: enabled !== false && operate.value?.mode !== "disabled",
      config,
      ...(operate.value && { operate: operate.value }),
      directory,
      locate: inEntry,
    },
    problems,
  };
}

/** Problems of names that have several lines: they stand in lines of the log. */
function brokenNames(raw: Record<string, unknown>, at: ReturnType<typeof placesIn>): Problem[] {
  return ["module", "id"].flatMap((key) => {
    const value = raw[key];
    if (typeof value !== "string" || !/[\r\n\u2028\u2029]/.test(value)) return [];
    const message = `\`${key}\` must be one line, but it's ${butFound(value)}`;
    return [problemOf("LIGAND_CONFIG_INVALID", message, { ...at([key], "value"), remedy: "Write it in one line." })];
  });
}

function isFaultError({ fault }: PlacedFault): boolean {
  return fault.severity !== "warning";
}

/** The keys of an entry that it does not have and that do not look like one that is missing: the module's, most likely. */
function misplacedKeys(raw: Record<string, unknown>): ReadonlySet<string> {
  const own = keysOfEntry();
  const absent = own.filter((key) => !(key in raw));
  return new Set(Object.keys(raw).filter((key) => !own.includes(key) && closest(key, absent) === undefined));
}

/** The keys of an entry whose values have rules of their own. */
const READ_APART = ["config", "operate"];

let entryKeys: readonly string[] | undefined;

function keysOfEntry(): readonly string[] {
  return (entryKeys ??= MODULE_ENTRY.keys.flatMap(({ keys }) => keys.map(({ key }) => key)));
}

/** What other programs call the keys of an entry. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  module: ["class", "path", "package", "plugin", "file", "import", "specifier", "source"],
  config: ["settings", "options", "configuration", "conf", "cfg", "params", "args"],
};

/** The key of an entry that another key stands for, if the entry lacks it. */
function synonymOf(key: string, raw: Record<string, unknown>): string | undefined {
  return Object.keys(SYNONYMS).find((own) => !(own in raw) && SYNONYMS[own]!.includes(key.toLowerCase()));
}

/** Keys that other programs have to leave a module out, or in. */
const SWITCHES: Readonly<Record<string, boolean>> = { disabled: false, disable: false, active: true, on: true };

/** What to write for a switch of another name. */
function switchFor(key: string, raw: Record<string, unknown>): string | undefined {
  const sense = SWITCHES[key.toLowerCase()];
  const value = raw[key];
  if (sense === undefined || "enabled" in raw || typeof value !== "boolean") return undefined;
  return `enabled: ${value === sense}`;
}

function misplacedProblem(key: string, raw: Record<string, unknown>, place: ProblemDetails): Problem {
  const { config } = raw;
  const written = switchFor(key, raw);
  if (written !== undefined) {
    const remedy = `Write \`${written}\`.`;
    return problemOf("LIGAND_CONFIG_UNKNOWN_KEY", `\`${key}\` isn't a key of a module entry`, { ...place, remedy });
  }
  const meant = synonymOf(key, raw);
  const isExport = ["class", "export", "name"].includes(key.toLowerCase());
  const names =
    isExport && typeof raw["module"] === "string" && !raw["module"].includes("#") && typeof raw[key] === "string";
  const remedy = meant
    ? `Did you mean \`${meant}\`?`
    : names
      ? `Name the export in the module: \`- module: ${raw["module"] as string}#${raw[key] as string}\`.`
      : config === null
        ? "It belongs below `config:`; indent it."
        : config === undefined
          ? "It belongs below `config:`; write that line above it, and indent it."
          : `Move it below \`config:\` if the module documents it; the keys of an entry are ${keysOfEntry()
              .map((own) => `\`${own}\``)
              .join(", ")}.`;
  return problemOf("LIGAND_CONFIG_UNKNOWN_KEY", `\`${key}\` isn't a key of a module entry`, { ...place, remedy });
}

function withoutKeys(raw: Record<string, unknown>, keys: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !keys.has(key)));
}

function entryProblem(raw: unknown, place: ProblemDetails): Problem {
  const found = butFound(raw);
  const isKey = typeof raw === "string" && raw.startsWith("module:");
  const specifier =
    typeof raw === "string" && /^\S+$/.test(raw) ? raw.slice(isKey ? "module:".length : 0) : "my-package#MyModule";
  return problemOf("LIGAND_CONFIG_TYPE", `a module must be a mapping with the key \`module\`, but it's ${found}`, {
    ...place,
    remedy: isKey ? "Write a space after the colon." : `Write it as \`- module: ${specifier}\`.`,
  });
}

/** What's wrong with `config`: it isn't a mapping, or it's empty in another way and treated as no config. */
function configProblems(config: unknown, place: ProblemDetails): Problem[] {
  const asConfig = asMapping(config);
  if (config === undefined || config === null || asConfig === config) return [];
  const must = `\`config\` must be a mapping, but it's ${butFound(config)}`;
  const details = { ...place, remedy: configRemedy(config) };
  return asConfig
    ? [
        problemOf("LIGAND_CONFIG_UNUSED", `${must}, which counts as no config`, {
          ...details,
          severity: "warning",
        }),
      ]
    : [problemOf("LIGAND_CONFIG_TYPE", must, details)];
}

function configRemedy(config: unknown): string {
  if (typeof config === "string" && config.trimStart().startsWith("{")) {
    return "Remove the quotes around it: JSON is valid YAML, and a string is not a mapping.";
  }
  if (typeof config === "string" && /^[\w.-]+:[^\s/]/.test(config)) return "Write a space after the colon.";
  return "Write the keys of the config below `config:`, one per line.";
}

/** For each item whose id an earlier one has, by its place in the list. */
function repeatedIds(items: readonly Source[], yaml: YamlFile): ReadonlyMap<number, Problem> {
  const firstLines = new Map<string, number>();
  const repeated = new Map<number, Problem>();
  for (const [index, item] of items.entries()) {
    const source = item.kind === "map" ? item.entries.get("id")?.source : undefined;
    const id = source?.kind === "scalar" ? source.value : undefined;
    if (!source || typeof id !== "string" || id === "") continue;
    const position = yaml.position(offsetOf(item, ["id"], "value"));
    const firstLine = firstLines.get(id);
    if (firstLine === undefined) firstLines.set(id, position.line);
    else {
      const message = `duplicate module id ${quote(id)} (first used on line ${firstLine})`;
      repeated.set(index, problemOf("LIGAND_MODULE_ID_REPEATED", message, { position, path: `modules[${index}].id` }));
    }
  }
  return repeated;
}

/** A mapping unchanged; what Synapse treats as no config, as an empty mapping; nothing for anything else. */
function asMapping(config: unknown): Record<string, unknown> | undefined {
  if (!config || (Array.isArray(config) && config.length === 0)) return {};
  return isMapping(config) ? config : undefined;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
