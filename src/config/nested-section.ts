import { problemOf, type Problem } from "../errors/problem.js";
import { formatPath, type ConfigPath } from "./config-path.js";
import type { YamlFile } from "./parse-yaml.js";
import { offsetOf, type MapSource, type Source } from "./source.js";

/** How deep a section that belongs at the top may have slipped. */
const DEEPEST = 3;

/** A problem for each section `modules` inside another key, where it has no effect, if it lists modules. */
export function nestedSections(root: MapSource, yaml: YamlFile): Problem[] {
  return find(root, [], new Set()).map((path) => {
    const isString = path.at(-1) !== "modules";
    const found = isString
      ? "the value is a string with a section `modules` in it"
      : "`modules` isn't at the top level of the file";
    return problemOf("LIGAND_CONFIG_UNUSED", `${found}, so none of its modules is loaded`, {
      position: yaml.position(offsetOf(root, path, "key")),
      path: formatPath("", path),
      remedy: isString
        ? "Name the file that is made of this string."
        : "Start `modules:` in the first column, and unindent what's below it by as much.",
    });
  });
}

/** @param seen the mappings that were looked into: aliases lead to them again */
function find(source: MapSource, path: ConfigPath, seen: Set<Source>): ConfigPath[] {
  if (seen.has(source)) return [];
  seen.add(source);
  return Array.from(source.entries).flatMap(([key, { source: value }]) => {
    const inner = [...path, key];
    if (key === "modules" && listsModules(value)) return [inner];
    if (key !== "modules" && value.kind === "scalar" && quotesModules(value.value)) return [inner];
    return value.kind === "map" && inner.length < DEEPEST ? find(value, inner, seen) : [];
  });
}

/** Whether a string holds a whole configuration, as a ConfigMap does. */
function quotesModules(value: unknown): boolean {
  return typeof value === "string" && /^modules:[^\S\n]*\n\s*- +module:/m.test(value);
}

function listsModules(source: Source): boolean {
  if (source.kind !== "list" || source.items.length === 0) return false;
  return source.items.every((item) => item.kind === "map" && item.entries.has("module"));
}
