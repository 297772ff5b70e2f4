import type { Outcome } from "../errors/outcome.js";
import { problemOf, type Problem } from "../errors/problem.js";
import { quote } from "../config/found.js";

/**
 * The ids of modules: those that the entries give, else the name of the export, numbered from 2 when it is taken.
 * A given id that two entries have is a problem.
 */
export function moduleIds(
  modules: readonly { readonly id: string | undefined; readonly name: string | undefined }[],
): Outcome<readonly string[]> & { readonly value: readonly string[] } {
  const problems: Problem[] = [];
  const taken = new Set<string>();
  for (const [index, { id }] of modules.entries()) {
    if (id !== undefined && taken.has(id)) {
      const message = `the id ${quote(id)} is that of another module already`;
      problems.push(problemOf("LIGAND_MODULE_ID_REPEATED", message, { path: `modules[${index}].id` }));
    }
    if (id !== undefined) taken.add(id);
  }
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
