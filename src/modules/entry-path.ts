import type { ModuleEntry } from "../config/module-entry.js";
import type { ProgrammaticEntry } from "./loaded-module.js";

/**
 * The path of an entry in problems: a file's by its place in the file.
 *
 * @param place among all entries
 */
export function entryPath(
  entry: Pick<ModuleEntry, "index"> | Pick<ProgrammaticEntry, "module">,
  place: number,
): string {
  return `modules[${"module" in entry ? place : entry.index}]`;
}
