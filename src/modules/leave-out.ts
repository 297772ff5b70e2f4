import type { ModuleEntry } from "../config/module-entry.js";
import { problemOf } from "../errors/problem.js";
import type { Outcome } from "../errors/outcome.js";
import { closest } from "../errors/did-you-mean.js";
import { entryPath } from "./entry-path.js";
import { moduleIds, nameIn } from "./module-ids.js";

/**
 * The entries without those that an administrator leaves out for now, by id; they count as disabled, and nothing of them is
 * imported. A module without an id is called by its export, or by its specifier where it names none. The others keep the ids
 * that they would have.
 */
export function leaveOut(entries: readonly ModuleEntry[], ids: readonly string[]): Outcome<readonly ModuleEntry[]> {
  if (ids.length === 0) return { value: entries, problems: [] };
  const enabled = entries.filter((entry) => entry.enabled);
  const names = moduleIds(
    enabled.map((entry, place) => ({ id: entry.id, name: nameIn(entry.specifier), path: entryPath(entry, place) })),
  );
  const idOf = new Map(enabled.map((entry, order) => [entry, names.value[order]!]));
  const known = [...idOf.values()];
  const value = entries.map((entry) => {
    const id = idOf.get(entry);
    if (id === undefined) return entry;
    return ids.includes(id)
      ? { ...entry, id, enabled: false }
      : entry.specifier.includes("#")
        ? { ...entry, id }
        : entry;
  });
  const problems = ids
    .filter((id) => !known.includes(id))
    .map((id) => {
      const meant = closest(id, known);
      return problemOf("LIGAND_ARGUMENT_INVALID", `there is no module ${JSON.stringify(id)} to leave out`, {
        remedy: meant === undefined ? `The modules are ${known.join(", ") || "none"}.` : `Did you mean ${meant}?`,
      });
    });
  return { value, problems };
}
