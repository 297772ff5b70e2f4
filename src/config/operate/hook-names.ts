import { DECLARED_HOOKS } from "../../catalogue/declared-hooks.js";
import { suggest } from "../../errors/did-you-mean.js";
import { problemOf, type Problem } from "../../errors/problem.js";
import { referenceName } from "../../hooks/reference-name.js";
import type { PlaceOf } from "../config-path.js";

/** Ligand's names of all hooks, by both that they have: Ligand's and Synapse's. */
const NAMES: ReadonlyMap<string, string> = new Map(
  DECLARED_HOOKS.flatMap(({ name, hook }) => [[name, name] as const, [referenceName(name, hook), name] as const]),
);

/** Ligand's name of a hook, by any that it has. */
export function hookNamed(written: string): string | undefined {
  return NAMES.get(written);
}

/** A problem for each key of `hooks:` that names no hook, or one that another key names. */
export function hookNameProblems(written: readonly string[], at: PlaceOf): Problem[] {
  const first = new Map<string, string>();
  return written.flatMap((key) => {
    const name = hookNamed(key);
    const place = at(["hooks", key], "key");
    if (name === undefined) {
      const own = hookNamed(key.slice(key.lastIndexOf(".") + 1));
      const remedy =
        own === undefined
          ? suggest(key, [...NAMES.keys()], "`ligand hooks` lists all hooks.")
          : `Write \`${own}\`, without its category.`;
      return [problemOf("LIGAND_CONFIG_UNKNOWN_KEY", `\`${key}\` isn't a hook`, { ...place, remedy })];
    }
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, key);
      return [];
    }
    const message = `\`${other}\` and \`${key}\` are the same hook`;
    return [problemOf("LIGAND_CONFIG_DUPLICATE_KEY", message, { ...place, remedy: "Write both as one." })];
  });
}
