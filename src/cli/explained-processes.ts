import type { ModuleEntry } from "../config/module-entry.js";
import { processGroups } from "../config/operate/process-groups.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { readablePaths } from "../remote/homeserver-side/process-permissions.js";

/** A process that starts for modules, beside the homeserver's own. */
export interface ExplainedProcess {
  /** As in the configuration; `own` for one that no other module shares. */
  readonly name: string;
  /** The ids of its modules, in config order. */
  readonly modules: readonly string[];
  /** The most resident memory; absent without a limit. */
  readonly memoryBytes?: number;
  /**
   * The paths that it can read: those that its permissions name, and what Node reads to load its modules. Absent where
   * Node doesn't limit it.
   */
  readonly readable?: readonly string[];
  /** The paths that it can write to; absent where Node doesn't limit it. */
  readonly writable?: readonly string[];
}

/**
 * The processes that start for modules.
 *
 * @param entries those of the modules
 */
export function explainProcesses(
  modules: readonly LoadedModule[],
  entries: readonly ModuleEntry[],
): Promise<ExplainedProcess[]> {
  return Promise.all(
    processGroups(modules).map(async ({ process: { name, memoryBytes, permissions }, modules: together }) => {
      const written = entries.filter(({ locate }) => together.some((module) => module.locate === locate));
      return {
        name,
        modules: together.map(({ info }) => info.id),
        ...(memoryBytes !== undefined && { memoryBytes }),
        ...(permissions && {
          readable: await readablePaths(permissions, written),
          writable: permissions.write,
        }),
      };
    }),
  );
}
