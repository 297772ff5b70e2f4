import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Outcome } from "../errors/outcome.js";
import { problemOf } from "../errors/problem.js";

/**
 * The files that a path means: itself, or, for a folder, its files `*.yaml` in the order of their names, as Synapse reads
 * one. What can't be looked at is reported when it's read.
 */
export async function configurationFiles(path: string): Promise<Outcome<readonly string[]>> {
  const names = await yamlFilesIn(path);
  if (names === undefined) return { value: [path], problems: [] };
  if (names.length > 0) return { value: names.map((name) => join(path, name)), problems: [] };
  const remedy = "Name a file, or give the files in the folder names that end with `.yaml`.";
  return {
    problems: [problemOf("LIGAND_CONFIG_UNREADABLE", `the folder \`${path}\` has no files \`*.yaml\``, { remedy })],
  };
}

/** Undefined where the path is no folder that can be listed. */
async function yamlFilesIn(path: string): Promise<readonly string[] | undefined> {
  try {
    if (!(await stat(path)).isDirectory()) return undefined;
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.name.endsWith(".yaml") && (entry.isFile() || entry.isSymbolicLink()))
      .map(({ name }) => name)
      .toSorted();
  } catch {
    // Reading the path says what is wrong with it.
    return undefined;
  }
}
