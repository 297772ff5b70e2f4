import { ERRORS } from "../errors/catalogue.js";
import type { Problem } from "../errors/problem.js";
import { quote } from "../config/found.js";

/**
 * The ids of modules: those that the entries give, else the name of the export, numbered from 2 when it is taken.
 * A given id that two entries have is a problem.
 */
export function moduleIds(
  modules: readonly { id?: string; name: string | undefined }[],
  problems: Problem[],
): string[] {
  const taken = new Set<string>();
  for (const [index, { id }] of modules.entries()) {
    if (id !== undefined && taken.has(id)) {
      problems.push({
        code: "LIGAND_MODULE_ID_REPEATED",
        message: `the id ${quote(id)} is that of another module already`,
        path: `modules[${index}].id`,
        remedy: ERRORS.LIGAND_MODULE_ID_REPEATED.remedy,
      });
    }
    if (id !== undefined) taken.add(id);
  }
  const next = new Map<string, number>();
  return modules.map(({ id, name = "module" }) => {
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
}
