import { closest } from "../errors/did-you-mean.js";
import { firstProblems } from "../errors/limit-problems.js";
import type { Outcome } from "../errors/outcome.js";
import { isError, problemOf, sortProblems, type Problem } from "../errors/problem.js";
import { configurationFiles } from "./configuration-files.js";
import type { Locate } from "./config-path.js";
import type { FoundFiles } from "./kept-files.js";
import type { ModuleEntry } from "./module-entry.js";
import { readModulesSection } from "./modules-section.js";
import { oddSpaces } from "./odd-spaces.js";
import { parseYaml, type YamlFile } from "./parse-yaml.js";
import { noteFile, readChanges, type EarlierFiles, type Sections } from "./read-changes.js";
import { checkCharacters, folderOf, readText } from "./read-text.js";
import { inSharedProcess, readProcesses, unusedProcesses, type WrittenProcess } from "./operate/read-processes.js";
import { offsetOf, plainValue, type MapSource, type Source } from "./source.js";

/** Called with the content of a configuration file. */
export type EachFile = (root: Source) => void;

/**
 * Reads the sections `modules:` and `module_processes:` of configuration files. All files are checked; of each section, the
 * last file that has it wins. Other top-level keys belong to the homeserver.
 *
 * @param files paths of YAML files, later ones winning; a folder stands for its files `*.yaml` in the order of their names
 * @param found how the files are found; by default where their paths say
 * @param eachFile called with what each file contains, so that the caller can look at the homeserver's own keys
 * @param earlier what the files said when they were last read; noted anew
 * @returns the entries that name a module, disabled ones included, in the order of the file; one that has a problem is
 *   among them so that its module and config are checked as well. Without value when no file has the section. Problems are
 *   in the order of the files and of their text
 */
export async function readConfiguration(
  files: readonly string[],
  eachFile?: EachFile,
  { list = configurationFiles, read = readText }: FoundFiles = {},
  earlier?: EarlierFiles,
): Promise<Outcome<readonly ModuleEntry[]>> {
  const paths = await Promise.all(files.map(list));
  const problems: Problem[] = paths.flatMap(({ problems: ofPath }) => ofPath);
  let sections: Partial<Sections> = {};
  for (const file of paths.flatMap(({ value = [] }) => value)) {
    const text = await read(file);
    const found: Outcome<Sections> =
      text.value === undefined ? { problems: text.problems } : await readFile(text.value, file, eachFile, earlier);
    for (const problem of found.problems) problems.push(problem);
    if (found.value?.entries && sections.entries?.[0]) problems.push(overridden(sections.entries[0], file));
    sections = { ...sections, ...found.value };
  }
  return withProcesses(sections, problems);
}

async function readFile(
  text: string,
  file: string,
  eachFile: EachFile | undefined,
  earlier: EarlierFiles | undefined,
): Promise<Outcome<Sections>> {
  const before = earlier?.get(file);
  const changes = before && (await readChanges(text, before, (shorter) => readSections(shorter, file)));
  const found = changes ?? (await readSections(text, file, eachFile));
  if (earlier) noteFile(earlier, file, text, found);
  return found;
}

/** The entries, each with what its process may have. */
function withProcesses(
  { entries, processes = [] }: Partial<Sections>,
  problems: readonly Problem[],
): Outcome<readonly ModuleEntry[]> {
  const used = new Set((entries ?? []).flatMap(({ operate }) => operate?.process?.name ?? []));
  // The process of an entry that has a problem isn't known; what a process may have says nothing of who runs in it.
  const isUnknown = problems.some((problem) => isError(problem) && !problem.path?.startsWith("module_processes"));
  const unused = isUnknown ? [] : unusedProcesses(processes, used);
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
    value: {
      ...(modules.value && { entries: modules.value }),
      ...(processes.value && { processes: processes.value }),
      words: yaml.value.words,
      hasReferences: yaml.value.hasReferences,
    },
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
