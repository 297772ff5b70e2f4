import type { ModuleEntry } from "../config/module-entry.js";
import { isError, type Problem } from "../errors/problem.js";
import { entryPath } from "./entry-path.js";
import type { FailedModule, LoadedModules, PlacedModule, ProgrammaticEntry } from "./load-modules.js";
import { nameIn } from "./module-ids.js";

/** Modules that can be loaded, and what that leaves. */
export interface Separated {
  readonly loaded: readonly PlacedModule[];
  /** Modules that can't be loaded, and that the others run without: by `required: false`, or in shadow. */
  readonly failed: readonly FailedModule[];
  /** The problems that aren't those of a failed module. */
  readonly problems: readonly Problem[];
}

/**
 * Leaves out the modules that the others run without and that can't be loaded.
 *
 * @param found what came of loading them
 * @param check what's wrong with a module by itself
 */
export function withoutBroken(
  entries: readonly (ModuleEntry | ProgrammaticEntry)[],
  { value: loaded, places, problems }: LoadedModules,
  check: (module: PlacedModule) => readonly Problem[],
): Separated {
  const failed: FailedModule[] = [];
  const taken = new Set<Problem>();
  const broken = new Set<number>();
  for (const [place, entry] of entries.entries()) {
    const { required = true, mode = "enforce" } = entry.operate ?? {};
    if (required && mode !== "shadow") continue;
    const own = problems.filter((problem) => isError(problem) && isOf(problem, entry, place));
    if (own.length === 0) continue;
    for (const problem of own) taken.add(problem);
    broken.add(place);
    failed.push({ info: infoOf(entry), mode, problems: own });
  }
  const sound = loaded.filter((module) => {
    // A module may be loaded for what else is wrong with it, such as when only its `operate` can't be read.
    if (broken.has(places.get(module.info)!)) return false;
    if (module.operate?.required !== false) return true;
    const wrong = check(module).filter(isError);
    if (wrong.length > 0) failed.push({ info: module.info, mode: module.operate.mode, problems: wrong });
    return wrong.length === 0;
  });
  return { loaded: sound, failed, problems: problems.filter((problem) => !taken.has(problem)) };
}

/** Whether a problem is about an entry: it's written there. */
function isOf({ path = "", position }: Problem, entry: ModuleEntry | ProgrammaticEntry, place: number): boolean {
  const start = entryPath(entry, place);
  const isInside = path === start || [".", "["].some((next) => path.startsWith(`${start}${next}`));
  return isInside && "module" in entry === (position === undefined);
}

/** What an entry would be called, if it were loaded alone. */
export function infoOf(entry: ModuleEntry | ProgrammaticEntry): FailedModule["info"] {
  // As `moduleIds` calls a class without a name.
  if ("module" in entry) return { id: entry.id ?? (entry.module.name || "module"), name: entry.module.name };
  const name = nameIn(entry.specifier);
  const position = entry.locate(["module"], "value");
  return { id: entry.id ?? name, name, specifier: entry.specifier, ...(position && { position }) };
}
