import { closest } from "../errors/did-you-mean.js";
import { firstProblems } from "../errors/limit-problems.js";
import type { Outcome } from "../errors/outcome.js";
import { isError, problemOf, type Problem } from "../errors/problem.js";
import { describeFound } from "./describe-found.js";
import { legacyKeyProblems } from "./legacy-keys.js";
import type { ModuleEntry } from "./module-entry.js";
import { nestedSections } from "./nested-section.js";
import type { YamlFile } from "./parse-yaml.js";
import { readEntries } from "./read-entries.js";
import { isEmpty, shallowValue, type MapSource, type Source } from "./source.js";

/**
 * Reads the section `modules:` of a file. Without value when the file has no such section.
 *
 * @param directory where relative specifiers start
 */
export async function readModulesSection(yaml: YamlFile, directory: string): Promise<Outcome<readonly ModuleEntry[]>> {
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
