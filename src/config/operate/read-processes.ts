import { resolve } from "node:path";
import type { Outcome } from "../../errors/outcome.js";
import { suggest } from "../../errors/did-you-mean.js";
import { problemOf, type Problem } from "../../errors/problem.js";
import { configClass } from "../config-class/config-class.js";
import { placesIn, type Locate, type PlaceOf } from "../config-path.js";
import { butFound } from "../describe-found.js";
import { readSize } from "./amounts.js";
import { emptyKeys } from "./empty-keys.js";
import { isProcessName, ProcessKeys, type OperateKeys, type PermissionsKeys } from "./operate-keys.js";
import type { OperateSettings, Permissions, ProcessSettings } from "./operate-settings.js";

/** What is known of the keys of a process in `module_processes:`. */
export const PROCESS = configClass(ProcessKeys);

/** A process of `module_processes:`, and where its name is written. */
export interface WrittenProcess extends ProcessSettings {
  readonly place: ReturnType<PlaceOf>;
}

/** The process of a module, by its `operate:`: all of it for one of the module's own, and otherwise the name alone. */
export function processOf(keys: OperateKeys, directory: string): ProcessSettings | undefined {
  const name = keys.process ?? "main";
  if (name === "main") return undefined;
  return name === "own" ? processSettings(name, keys, directory) : { name };
}

/** What `operate:` says of a process that isn't the module's own. */
export function misplacedLimits(raw: Readonly<Record<string, unknown>>, at: PlaceOf): Problem[] {
  const name = raw["process"] ?? "main";
  if (typeof name !== "string" || !isProcessName(name) || name === "own") return [];
  return LIMITS.filter((key) => (raw[key] ?? null) !== null).map((key) => {
    const [fault, remedy] =
      name === "main"
        ? ["can't be set for the homeserver's own process", "Write `process: own` as well."]
        : [
            `of the process \`${name}\` can't be set by one of its modules`,
            `Write it below \`${name}:\` in \`module_processes:\`.`,
          ];
    return problemOf("LIGAND_CONFIG_INVALID", `\`${key}\` ${fault}`, { ...at([key], "key"), remedy });
  });
}

const LIMITS = Object.keys(new ProcessKeys());

/**
 * Reads the section `module_processes:`.
 *
 * @param directory where the paths of permissions start
 */
export async function readProcesses(
  raw: unknown,
  locate: Locate,
  directory: string,
): Promise<Outcome<readonly WrittenProcess[]>> {
  const at = placesIn(locate, "module_processes");
  if (raw === undefined || raw === null) return { value: [], problems: [] };
  if (typeof raw !== "object" || Array.isArray(raw)) {
    const message = `\`module_processes\` must be a mapping, but it's ${butFound(raw)}`;
    const remedy = "Write the names of processes below it, and what each may have.";
    return { value: [], problems: [problemOf("LIGAND_CONFIG_TYPE", message, { ...at([], "value"), remedy })] };
  }
  const read: WrittenProcess[] = [];
  const problems: Problem[] = [];
  for (const [name, limits] of Object.entries(raw as Record<string, unknown>)) {
    const place = at([name], "key");
    if (name === "main" || name === "own") {
      const remedy = name === "own" ? "Write what the process may have below the module's `operate:`." : "Remove it.";
      problems.push(
        problemOf("LIGAND_CONFIG_INVALID", `\`${name}\` isn't the name of a shared process`, { ...place, remedy }),
      );
    } else if (!isProcessName(name)) {
      problems.push(
        problemOf("LIGAND_CONFIG_INVALID", `\`${name}\` isn't the name of a process`, {
          ...place,
          remedy: "Write a name of at most 64 letters, digits, `-` and `_`.",
        }),
      );
    } else if (typeof limits !== "object" || Array.isArray(limits)) {
      const message = `\`${name}\` must be a mapping, but it's ${butFound(limits)}`;
      const remedy = "Write `memory:` and `permissions:` below it.";
      problems.push(problemOf("LIGAND_CONFIG_TYPE", message, { ...at([name], "value"), remedy }));
    } else {
      const inside: Locate = (inner, what) => locate([name, ...inner], what);
      const checked = await PROCESS.check(limits ?? {}, inside, `module_processes.${name}`);
      problems.push(...checked.problems, ...emptyKeys((limits ?? {}) as Record<string, unknown>, LIMITS, at, [name]));
      // One that has a problem is still used.
      const settings = checked.value ? processSettings(name, checked.value, directory) : { name };
      read.push({ ...settings, place });
    }
  }
  return { value: read, problems };
}

/** An entry, with what its process may have. */
export function inSharedProcess<Entry extends { readonly operate?: OperateSettings }>(
  entry: Entry,
  processes: readonly WrittenProcess[],
): Entry {
  const { operate } = entry;
  const shared = processes.find(({ name }) => name === operate?.process?.name);
  if (!operate || !shared) return entry;
  const { place: _, ...process } = shared;
  return { ...entry, operate: { ...operate, process } };
}

/** A problem for each process that no module runs in: its name may be misspelt in one of the two places. */
export function unusedProcesses(processes: readonly WrittenProcess[], used: ReadonlySet<string>): Problem[] {
  return processes
    .filter(({ name }) => !used.has(name))
    .map(({ name, place }) => {
      const remedy = suggest(name, [...used], "Remove it, or write it as the `process:` of a module.");
      return problemOf("LIGAND_CONFIG_INVALID", `no module runs in the process \`${name}\``, { ...place, remedy });
    });
}

function processSettings(name: string, { memory, permissions }: ProcessKeys, directory: string): ProcessSettings {
  return {
    name,
    ...(memory && { memoryBytes: readSize(memory)! }),
    ...(permissions && { permissions: permissionsOf(permissions, directory) }),
  };
}

function permissionsOf(keys: PermissionsKeys, directory: string): Permissions {
  const { read, write, child_processes, network, env } = keys;
  const absolute = (paths: readonly string[]) => paths.map((path) => resolve(directory, path));
  return { read: absolute(read), write: absolute(write), childProcesses: child_processes, network, env };
}
