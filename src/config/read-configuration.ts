import { closest } from "../errors/did-you-mean.js";
import { firstProblems } from "../errors/limit-problems.js";
import type { Outcome } from "../errors/outcome.js";
import { isError, problemOf, sortProblems, type Problem } from "../errors/problem.js";
import { configurationFiles } from "./configuration-files.js";
import type { Locate } from "./config-path.js";
import { describeFound } from "./describe-found.js";
import { legacyKeyProblems } from "./legacy-keys.js";
import type { ReadText } from "./last-good.js";
import type { ModuleEntry } from "./module-entry.js";
import { nestedSections } from "./nested-section.js";
import { oddSpaces } from "./odd-spaces.js";
import { parseYaml, type YamlFile } from "./parse-yaml.js";
import { readEntries } from "./read-entries.js";
import { checkCharacters, folderOf, readText } from "./read-text.js";
import { inSharedProcess, readProcesses, unusedProcesses, type WrittenProcess } from "./operate/read-processes.js";
import { isEmpty, offsetOf, plainValue, shallowValue, type MapSource, type Source } from "./source.js";

/** What one file says: undefined where it has no such section. */
interface Sections {
  readonly entries?: readonly ModuleEntry[];
  readonly processes?: readonly WrittenProcess[];
}

/** Called with the content of a configuration file. */
export type EachFile = (root: Source) => void;

/**
 * Reads the sections `modules:` and `module_processes:` of configuration files. All files are checked; of each section, the
 * last file that has it wins. Other top-level keys belong to the homeserver.
 *
 * @param files paths of YAML files, later ones winning; a folder stands for its files `*.yaml` in the order of their names
 * @param read reads a file
 * @param eachFile called with what each file contains, for whoever looks at the homeserver's own keys
 * @returns the entries that name a module, disabled ones included, in the order of the file; one that has a problem is
 *   among them so that its module and config are checked as well. Without value when no file has the section. Problems are
 *   in the order of the files and of their text
 */
export async function readConfiguration(
  files: readonly string[],
  eachFile?: EachFile,
  read: ReadText = readText,
): Promise<Outcome<readonly ModuleEntry[]>> {
  const paths = await Promise.all(files.map(configurationFiles));
  const problems: Problem[] = paths.flatMap(({ problems: ofPath }) => ofPath);
  let sections: Sections = {};
  for (const file of paths.flatMap(({ value = [] }) => value)) {
    const text = await read(file);
    const found: Outcome<Sections> =
      text.value === undefined ? { problems: text.problems } : await readSections(text.value, file, eachFile);
    for (const problem of found.problems) problems.push(problem);
    if (found.value?.entries && sections.entries?.[0]) problems.push(overridden(sections.entries[0], file));
    sections = { ...sections, ...found.value };
  }
  return withProcesses(sections, problems);
}

/** The entries, each with what its process may have. */
function withProcesses(
  { entries, processes = [] }: Sections,
  problems: readonly Problem[],
): Outcome<readonly ModuleEntry[]> {
  const used = new Set((entries ?? []).flatMap(({ operate }) => operate?.process?.name ?? []));
  // The process of an entry that has a problem isn't known.
  const unused = problems.some(isError) ? [] : unusedProcesses(processes, used);
  return {
    ...(entries && { value: entries.map((entry) => inSharedProcess(entry, processes)) }),
    problems: sortProblems([...problems, ...unused]),
  };
}

/** A warning at the first module of a section that another file's takes the place of. */
function overridden(first: ModuleEntry, file: string): Problem {
  const message = `the modules listed here aren't loaded: \`${file}\` has a section \`modules\` as well, and the last file wins`;
  return problemOf("LIGAND_CONFIG_UNUSED", message, {
    severity: "warning",
    position: first.locate([], "value"),
    path: "modules",
    remedy: "List all modules in one of the two files.",
  });
}

/**
 * Reads the section `modules:` of the text of one configuration file. Without value when the text has no such section.
 *
 * @param file the path of the file, for positions and as the start of relative specifiers
 */
export async function readConfigurationText(text: string, file: string): Promise<Outcome<readonly ModuleEntry[]>> {
  const { value, problems } = await readSections(text, file);
  return withProcesses(value ?? {}, problems);
}

async function readSections(text: string, file: string, eachFile?: EachFile): Promise<Outcome<Sections>> {
  const characters = checkCharacters(text, file);
  if (characters.value === undefined) return { problems: characters.problems };
  const odd = oddSpaces(characters.value, file);
  if (odd) return { problems: [odd] };
  const yaml = parseYaml(characters.value, file);
  if (!yaml.value) return { problems: yaml.problems };
  eachFile?.(yaml.value.root);
  const directory = folderOf(file);
  const modules = await readModulesSection(yaml.value, directory);
  const processes = await readProcessesSection(yaml.value, directory);
  return {
    value: { ...(modules.value && { entries: modules.value }), ...(processes.value && { processes: processes.value }) },
    problems: sortProblems([...yaml.problems, ...modules.problems, ...processes.problems]),
  };
}

async function readProcessesSection(yaml: YamlFile, directory: string): Promise<Outcome<readonly WrittenProcess[]>> {
  if (yaml.root.kind !== "map") return { problems: [] };
  const section = yaml.root.entries.get("module_processes")?.source;
  if (!section) return { problems: misspeltProcesses(yaml.root, yaml) };
  const { value: raw, faults } = plainValue(section, ["module_processes"]);
  const ofYaml = firstProblems(faults, (fault) => yaml.problem(fault));
  if (ofYaml.some(isError)) return { problems: ofYaml };
  const locate: Locate = (path, what) => yaml.position(offsetOf(section, path, what));
  const { value, problems } = await readProcesses(raw, locate, directory);
  return { ...(value && { value }), problems: [...ofYaml, ...problems] };
}

/** Under another name the section would limit nothing, and no homeserver has a key like it. */
function misspeltProcesses({ entries }: MapSource, yaml: YamlFile): Problem[] {
  const close = [...entries].filter(([key]) => closest(key, ["module_processes"]) !== undefined);
  return close.map(([key, { keyOffset }]) =>
    problemOf("LIGAND_CONFIG_UNKNOWN_KEY", `\`${key}\` isn't a known key, so it limits no process`, {
      position: yaml.position(keyOffset),
      path: key,
      remedy: "Did you mean `module_processes`?",
    }),
  );
}

async function readModulesSection(yaml: YamlFile, directory: string): Promise<Outcome<readonly ModuleEntry[]>> {
  const { root } = yaml;
  if (root.kind !== "map") return { problems: isNull(root) ? [] : [notAMapping(root, yaml)] };
  const legacy = legacyKeyProblems(root, yaml);
  const section = root.entries.get("modules")?.source;
  if (!section)
    return {
      problems: [
        ...legacy,
        ...commentedSection(root, yaml),
        ...misspeltSection(root, yaml),
        ...nestedSections(root, yaml),
      ],
    };
  const faults = section.faults.map((fault) => yaml.problem({ fault, path: ["modules"] }));
  if (faults.some(isError)) return { value: [], problems: [...legacy, ...faults] };
  if (section.kind !== "list") return { value: [], problems: [...legacy, ...notAList(section, yaml)] };
  const { value, problems } = await readEntries(section, yaml, directory);
  return { value, problems: [...legacy, ...problems, ...unindentedKeys(root, yaml)] };
}

function notAMapping(root: Source, yaml: YamlFile): Problem {
  const found = describeFound(shallowValue(root));
  return problemOf("LIGAND_CONFIG_TYPE", `the file must contain a mapping, but it contains ${found}`, {
    position: yaml.position(root.offset),
    remedy: "Write the modules as a list below the key `modules:`.",
  });
}

/** What's wrong with a section that isn't a list. No value means no modules, and another empty one is likely to. */
function notAList(section: Source, yaml: YamlFile): Problem[] {
  if (isNull(section)) return [];
  const found = describeFound(shallowValue(section));
  const details = {
    position: yaml.position(section.offset),
    path: "modules",
    remedy: hasGluedDash(section)
      ? "Write a space after the dash."
      : "Start each module with a dash: `- module: my-package#MyModule`.",
  };
  return isEmpty(section)
    ? [
        problemOf("LIGAND_CONFIG_UNUSED", `\`modules\` should be a list of modules, but it's ${found}`, {
          ...details,
          severity: "warning",
        }),
      ]
    : [problemOf("LIGAND_CONFIG_TYPE", `\`modules\` must be a list of modules, but it's ${found}`, details)];
}

/** Without a space behind it, the dash is part of the key. */
function hasGluedDash(section: Source): boolean {
  return section.kind === "map" && [...section.entries.keys()].some((key) => /^-\w/.test(key));
}

/** Warnings of keys of an entry at the top level, beside a list of modules: they have no effect there. */
function unindentedKeys({ entries }: MapSource, yaml: YamlFile): Problem[] {
  return ["config", "operate"].flatMap((key) => {
    const entry = entries.get(key);
    if (entry?.source.kind !== "map") return [];
    return [
      problemOf("LIGAND_CONFIG_UNUSED", `\`${key}\` at the top level of the file belongs to no module`, {
        severity: "warning",
        position: yaml.position(entry.keyOffset),
        path: key,
        remedy: "Indent it as much as the key `module` that it belongs to.",
      }),
    ];
  });
}

/** In JSON, what some programs take for a comment is the start of the next key to YAML. */
function commentedSection({ entries }: MapSource, yaml: YamlFile): Problem[] {
  return Array.from(entries).flatMap(([key, { keyOffset }]) => {
    const sign = /^(\/[/*])[^]*\bmodules["']?$/.exec(key)?.[1];
    if (sign === undefined) return [];
    const message = `\`${sign}\` doesn't start a comment, so there is no section \`modules\``;
    const remedy = "Remove the comment, or start it with `#`.";
    return [problemOf("LIGAND_CONFIG_SYNTAX", message, { position: yaml.position(keyOffset), remedy })];
  });
}

/**
 * All other keys are the homeserver's, but no homeserver has a key `Modules` or `module`: it would be passed over in silence. One
 * that looks like it may be the homeserver's all the same.
 */
function misspeltSection({ entries }: MapSource, yaml: YamlFile): Problem[] {
  const close = [...entries].filter(([key]) => closest(key, ["modules"]) !== undefined);
  const isMeant = ([key]: (typeof close)[number]) => /^modules?$/i.test(key);
  const problem = ([key, { keyOffset }]: (typeof close)[number], severity?: "warning") =>
    problemOf("LIGAND_CONFIG_UNKNOWN_KEY", `\`${key}\` isn't a known key, and there is no section \`modules\``, {
      severity,
      position: yaml.position(keyOffset),
      path: key,
      remedy: "Did you mean `modules`?",
    });
  return [
    ...close.filter(isMeant).map((entry) => problem(entry)),
    ...firstProblems(
      close.filter((entry) => !isMeant(entry)),
      (entry) => problem(entry, "warning"),
    ),
  ];
}

function isNull(source: Source): boolean {
  return source.kind === "scalar" && source.value === null;
}
