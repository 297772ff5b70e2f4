import type { ModuleEntry } from "../config/module-entry.js";
import { problemOf } from "../errors/problem.js";
import type { Outcome } from "../errors/outcome.js";
import { closest } from "../errors/did-you-mean.js";
import { entryPath } from "./entry-path.js";
import { infoOf } from "./optional-modules.js";
import { moduleIds, nameIn } from "./module-ids.js";

/**
 * The entries without those that an administrator leaves out for now, by id; they count as disabled, and nothing of them is
 * imported. A module without an id is called by its export, or by its specifier where it names none. The others keep the ids
 * that they would have.
 *
 * @param mayLack whether the entries may have been left without one of these modules; otherwise its id is a mistake
 */
export function leaveOut(
  entries: readonly ModuleEntry[],
  ids: readonly string[],
  mayLack = false,
): Outcome<readonly ModuleEntry[]> {
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
  const disabled = entries.filter((entry) => !entry.enabled).map((entry) => infoOf(entry).id);
  const problems = ids
    .filter((id) => !known.includes(id) && !disabled.includes(id))
    .map((id) => {
      const message = `there is no module ${JSON.stringify(id)} to leave out`;
      if (mayLack) return problemOf("LIGAND_ARGUMENT_INVALID", message, { severity: "warning", remedy: NEXT_START });
      const meant = closest(id, known);
      return problemOf("LIGAND_ARGUMENT_INVALID", message, {
        remedy: meant === undefined ? `The modules are ${known.join(", ") || "none"}.` : `Did you mean ${meant}?`,
      });
    });
  return { value, problems };
}

const NEXT_START = "Remove it from `--without` before the next start, which refuses an id that no module has.";
