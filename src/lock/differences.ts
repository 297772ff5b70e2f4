import type { LockedCode, LockedModule, LockedUse } from "./lock-file.js";

/** What changed in a module's code, in words that follow its name. */
export function codeDifferences(locked: LockedCode, found: LockedCode): readonly string[] {
  const differences: string[] = [];
  if (found.module !== locked.module) differences.push(`is now \`${found.module}\`, no longer \`${locked.module}\``);
  if (isNewVersion(locked, found)) {
    differences.push(`has version ${versionIn(found.package)}, no longer ${versionIn(locked.package)}`);
  } else if (found.package !== locked.package) {
    differences.push(`is now of ${found.package ?? "no package"}, no longer of ${locked.package ?? "none"}`);
  }
  if (found.files !== locked.files) differences.push("has other files");
  if (found.dependencies !== locked.dependencies) differences.push("depends on other packages");
  const { added, gone } = between(locked.unlocked, found.unlocked);
  if (added.length > 0) differences.push(`loads what the lock can't follow: ${added.join(", ")}`);
  if (gone.length > 0) differences.push(`no longer loads what the lock can't follow: ${gone.join(", ")}`);
  return differences;
}

/** What a module asks for that it didn't, and the other way round, in words that follow its name. */
export function useDifferences(locked: LockedUse, found: LockedUse): readonly string[] {
  return USES.flatMap(([use, verb, one, several]) => {
    const { added, gone } = between(locked[use], found[use]);
    const says = (no: string, names: readonly string[]) =>
      names.length > 0 ? [`${no}${verb} the ${names.length === 1 ? one : several} ${names.join(", ")}`] : [];
    return [...says("", added), ...says("no longer ", gone)];
  });
}

const USES: readonly (readonly [use: keyof LockedUse, verb: string, one: string, several: string])[] = [
  ["hooks", "answers", "hook", "hooks"],
  ["services", "asks for", "service", "services"],
  ["webPaths", "serves", "web path", "web paths"],
  ["loginTypes", "offers", "login type", "login types"],
];

/** Everything that changed about a module, each in a sentence without its end. */
export function differences(id: string, locked: LockedModule, found: LockedModule): readonly string[] {
  const all = [...codeDifferences(locked, found), ...useDifferences(locked, found)];
  return all.map((difference) => `${subjectOf(id, locked, found)} ${difference}`);
}

/** What to call a module whose code, or whose use of the homeserver, changed. */
function subjectOf(id: string, locked: LockedCode, found: LockedCode): string {
  return isNewVersion(locked, found) ? `a new version of ${nameIn(found.package)}` : `module ${id}`;
}

function isNewVersion(locked: LockedCode, found: LockedCode): boolean {
  return locked.package !== found.package && nameIn(locked.package) === nameIn(found.package);
}

function nameIn(found = ""): string {
  return found.slice(0, found.lastIndexOf("@"));
}

function versionIn(found = ""): string {
  return found.slice(found.lastIndexOf("@") + 1);
}

function between(before: readonly string[], now: readonly string[]) {
  return {
    added: now.filter((name) => !before.includes(name)),
    gone: before.filter((name) => !now.includes(name)),
  };
}
