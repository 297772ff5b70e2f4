import type { Outcome } from "../errors/outcome.js";
import { problemOf, type Problem } from "../errors/problem.js";
import { quote } from "../config/describe-found.js";

/** A module that is to have an id. */
export interface ModuleToName {
  /** The one in its entry. */
  readonly id: string | undefined;
  readonly name: string | undefined;
  /** The path of its entry, such as `modules[1]`. */
  readonly path: string;
}

/** What a module is called before its class is known: by its export, or by its specifier where that names none. */
export function nameIn(specifier: string): string {
  return specifier.slice(specifier.lastIndexOf("#") + 1);
}

/**
 * The ids of modules: those in the entries, or else the name of the export, numbered from 2 if it's taken. If two entries
 * have the same id, that's a problem.
 */
export function moduleIds(
  modules: readonly ModuleToName[],
): Outcome<readonly string[]> & { readonly value: readonly string[] } {
  const problems: Problem[] = [];
  const firstUse = new Map<string, string>();
  for (const { id, path } of modules) {
    if (id === undefined) continue;
    const first = firstUse.get(id);
    if (first === undefined) {
      firstUse.set(id, path);
      continue;
    }
    const message = `duplicate module id ${quote(id)} (first used by ${first})`;
    problems.push(problemOf("LIGAND_MODULE_ID_REPEATED", message, { path: `${path}.id` }));
  }
  const taken = new Set(firstUse.keys());
  const next = new Map<string, number>();
  const ids = modules.map(({ id, name = "module" }) => {
    if (id !== undefined) return id;
    let free = name || "module";
    // Continues where the last module of that name stopped, so that many of them take linear time.
    for (let number = next.get(name) ?? 2; taken.has(free); number++) {
      free = `${name || "module"}-${number}`;
      next.set(name, number + 1);
    }
    taken.add(free);
    return free;
  });
  return { value: ids, problems };
}
