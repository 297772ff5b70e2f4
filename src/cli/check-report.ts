import { isError, type Problem } from "../errors/problem.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { surveyModules } from "../start.js";

/** What checking a configuration found. */
export interface CheckReport {
  readonly files: readonly string[];
  /** The modules, if no error keeps them from starting. */
  readonly modules: readonly LoadedModule[];
  readonly problems: readonly Problem[];
}

/** Reads a configuration and imports its modules, without constructing them. */
export async function checkReport(files: readonly string[]): Promise<CheckReport> {
  const { value: modules = [], problems } = await surveyModules({ configFile: files });
  return { files, modules: problems.some(isError) ? [] : modules, problems };
}
