import { StartError } from "../errors/start-error.js";
import type { Problem } from "../errors/problem.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { readModules } from "../start.js";

/** What checking a configuration found. */
export interface CheckReport {
  readonly files: readonly string[];
  /** The modules, if nothing is wrong. */
  readonly modules: readonly LoadedModule[];
  readonly problems: readonly Problem[];
}

/** Reads a configuration and imports its modules, without constructing them. */
export async function checkReport(files: readonly string[]): Promise<CheckReport> {
  try {
    return { files, modules: await readModules({ configFile: files }), problems: [] };
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return { files, modules: [], problems: error.problems };
  }
}
