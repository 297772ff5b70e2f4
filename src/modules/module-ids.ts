import type { Outcome } from "../errors/outcome.js";
import { problemOf, type Problem } from "../errors/problem.js";
import { quote } from "../config/describe-found.js";

/**
 * The ids of modules: those in the entries, or else the name of the export, numbered from 2 if it's taken. If two entries
 * have the same id, that's a problem.
 */
export function moduleIds(
  modules: readonly { readonly id: string | undefined; readonly name: string | undefined }[],
): Outcome<readonly string[]> & { readonly value: readonly string[] } {
  const problems: Problem[] = [];
  const firstUse = new Map<string, number>();
  for (const [index, { id }] of modules.entries()) {
    if (id === undefined) continue;
    const first = firstUse.get(id);
    if (first === undefined) {
      firstUse.set(id, index);
      continue;
    }
    const message = `duplicate module id ${quote(id)} (first used by modules[${first}])`;
    problems.push(problemOf("LIGAND_MODULE_ID_REPEATED", message, { path: `modules[${index}].id` }));
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
