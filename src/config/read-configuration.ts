import { dirname, resolve } from "node:path";
import { ERRORS } from "../errors/catalogue.js";
import { isError, sortProblems, type Position, type Problem } from "../errors/problem.js";
import { formatPath, type ConfigPath, type Locate } from "./config-path.js";
import { closest } from "../errors/did-you-mean.js";
import { describeFound, quote } from "./found.js";
import { legacyKeyProblems } from "./legacy-keys.js";
import { ModuleEntryKeys, type ModuleEntry } from "./module-entry.js";
import { parseYaml, type YamlFile } from "./parse-yaml.js";
import { checkCharacters, readText } from "./read-text.js";
import { offsetOf, plainValue, type ListSource, type MapSource, type Source } from "./source.js";
import { validateConfig } from "./validate-config.js";

/**
 * Reads the section `modules:` of configuration files. All files are checked; the last one that has the section
 * gives all modules. Other top-level keys belong to the homeserver.
 *
 * @param files paths of YAML files, later ones winning
 * @param problems receives everything that is wrong, in the order of the files and of their text
 * @returns the entries that name a module, disabled ones included, in the order of the file; one that has a problem is
 *   among them so that its module and config are checked as well
 */
export async function readConfiguration(files: readonly string[], problems: Problem[]): Promise<ModuleEntry[]> {
  let entries: ModuleEntry[] = [];
  for (const file of files) {
    const text = await readText(file, problems);
    entries = (text === undefined ? undefined : await readConfigurationText(text, file, problems)) ?? entries;
  }
  return entries;
}

/**
 * Reads the section `modules:` of the text of one configuration file.
 *
 * @param file the path of the file, for positions and as the start of relative specifiers
 * @returns the entries that name a module; `undefined` when the text has no such section
 */
export async function readConfigurationText(
  text: string,
  file: string,
  problems: Problem[],
): Promise<ModuleEntry[] | undefined> {
  const found: Problem[] = [];
  const entries = await readSection(text, file, found);
  problems.push(...sortProblems(found));
  return entries;
}

async function readSection(text: string, file: string, problems: Problem[]): Promise<ModuleEntry[] | undefined> {
  const characters = checkCharacters(text, file, problems);
  const yaml = characters === undefined ? undefined : parseYaml(characters, file, problems);
  if (!yaml) return undefined;
  const { root } = yaml;
  if (root.kind !== "map") {
    if (root.kind === "scalar" && root.value === null) return undefined;
    problems.push({
      code: "LIGAND_CONFIG_TYPE",
      message: `found ${describeFound(shallow(root))} as the content of the file; it must be a mapping`,
      position: yaml.position(root.offset),
      remedy: "Write the modules as a list below the key `modules:`.",
    });
    return undefined;
  }
  problems.push(...legacyKeyProblems(root, yaml));
  const section = root.entries.get("modules")?.source;
  if (!section) {
    problems.push(...misspeltSection(root, yaml));
    return undefined;
  }
  if (isNothing(section)) {
    if (!(section.kind === "list" || isNull(section))) {
      problems.push({
        code: "LIGAND_CONFIG_UNUSED",
        severity: "warning",
        message: `found ${describeFound(shallow(section))}, which lists no module; it should be a list of modules`,
        position: yaml.position(section.offset),
        path: "modules",
        remedy: BEGIN_WITH_DASH,
      });
    }
    return [];
  }
  if (section.kind !== "list") {
    problems.push({
      code: "LIGAND_CONFIG_TYPE",
      message: `found ${describeFound(shallow(section))}; it must be a list of modules`,
      position: yaml.position(section.offset),
      path: "modules",
      remedy: BEGIN_WITH_DASH,
    });
    return [];
  }
  return readEntries(section, yaml, resolve(dirname(file)), problems);
}

const BEGIN_WITH_DASH = "Begin each module with a dash: `- module: my-package#MyModule`.";

/**
 * All other keys are the homeserver's, but nobody else's is `Modules` or `module`: it would be passed over in silence. One
 * that looks like it may be the homeserver's all the same.
 */
function misspeltSection({ entries }: MapSource, yaml: YamlFile): Problem[] {
  return [...entries]
    .filter(([key]) => closest(key, ["modules"]) !== undefined)
    .map(([key, { keyOffset }]) => ({
      code: "LIGAND_CONFIG_UNKNOWN_KEY",
      ...(!/^modules?$/i.test(key) && { severity: "warning" }),
      message: `\`${key}\` is not a known key, and there is no section \`modules\``,
      position: yaml.position(keyOffset),
      path: key,
      remedy: "Did you mean `modules`?",
    }));
}

async function readEntries(
  section: ListSource,
  yaml: YamlFile,
  directory: string,
  problems: Problem[],
): Promise<ModuleEntry[]> {
  const entries: ModuleEntry[] = [];
  const ids = new Map<string, Position | undefined>();
  for (const [index, source] of section.items.entries()) {
    const locate: Locate = (path, what) => yaml.position(offsetOf(source, path, what));
    const found: Problem[] = [];
    const raw = plainValue(source, ["modules", index], (fault, path) => found.push(yaml.problem(fault, path)));
    if (isMapping(raw)) {
      const isWhole = found.length === 0;
      const config = asMapping(raw["config"]);
      if (!config) found.push(configProblem(raw["config"], place(locate, index, ["config"])));
      else if (isEmptyOtherwise(raw["config"])) {
        found.push({
          ...configProblem(raw["config"], place(locate, index, ["config"])),
          message: `found ${describeFound(raw["config"])}, which is read as no config; \`config\` must be a mapping`,
          code: "LIGAND_CONFIG_UNUSED",
          severity: "warning",
        });
      }
      found.push(...idProblems(raw["id"], place(locate, index, ["id"]), ids));
      const { value, problems: wrong = [] } = await validateConfig(ModuleEntryKeys, raw, locate, `modules[${index}]`);
      found.push(...wrong);
      const { module: specifier, id, enabled } = value ?? (raw as Partial<ModuleEntryKeys>);
      // What is wrong with the module and its config is told as well, whatever else is wrong with the entry.
      const isLoadable = isWhole && (value !== undefined || "config" in raw);
      if (isLoadable && config && typeof specifier === "string" && specifier !== "") {
        const ownId = !found.some(isError) && id ? { id } : {};
        entries.push({ index, specifier, ...ownId, enabled: enabled !== false, config, directory, locate });
      }
    } else {
      found.push(entryProblem(raw, place(locate, index, [])));
    }
    problems.push(...found);
  }
  return entries;
}

function entryProblem(raw: unknown, at: Pick<Problem, "position" | "path">): Problem {
  const specifier = typeof raw === "string" && /^\S+$/.test(raw) ? raw : "my-package#MyModule";
  return {
    code: "LIGAND_CONFIG_TYPE",
    message: `found ${describeFound(raw)}; a module must be a mapping with the key \`module\``,
    ...at,
    remedy: `Write it as \`- module: ${specifier}\`.`,
  };
}

function configProblem(config: unknown, at: Pick<Problem, "position" | "path">): Problem {
  return {
    code: "LIGAND_CONFIG_TYPE",
    message: `found ${describeFound(config)}; \`config\` must be a mapping`,
    ...at,
    remedy: "Write the keys of the config below `config:`, each on a line of its own.",
  };
}

/** Remembers an id; a problem when another entry has it already. */
function idProblems(
  id: unknown,
  at: Pick<Problem, "position" | "path">,
  ids: Map<string, Position | undefined>,
): Problem[] {
  if (typeof id !== "string" || id === "") return [];
  if (!ids.has(id)) {
    ids.set(id, at.position);
    return [];
  }
  return [
    {
      code: "LIGAND_MODULE_ID_REPEATED",
      message: `the id ${quote(id)} is that of another module already, in line ${ids.get(id)?.line}`,
      ...at,
      remedy: ERRORS.LIGAND_MODULE_ID_REPEATED.remedy,
    },
  ];
}

function place(locate: Locate, index: number, path: ConfigPath): Pick<Problem, "position" | "path"> {
  const position = locate(path, "value");
  return { ...(position && { position }), path: formatPath(`modules[${index}]`, path) };
}

/** A mapping as it is; what the reference treats as no config, as an empty mapping; anything else not at all. */
function asMapping(config: unknown): Record<string, unknown> | undefined {
  if (!config || (Array.isArray(config) && config.length === 0)) return {};
  return isMapping(config) ? config : undefined;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What counts as an empty mapping without being one. */
function isEmptyOtherwise(config: unknown): boolean {
  return config !== undefined && config !== null && asMapping(config) !== config;
}

function isNull(source: Source): boolean {
  return source.kind === "scalar" && source.value === null;
}

/** Values of `modules` that mean that there are none. */
function isNothing(source: Source): boolean {
  if (source.kind === "scalar") return !source.value;
  return source.kind === "list" ? source.items.length === 0 : source.entries.size === 0;
}

function shallow(source: Source): unknown {
  if (source.kind === "scalar") return source.value;
  return source.kind === "list" ? source.items : Object.fromEntries(source.entries);
}
