import type { LoginType } from "../catalogue/auth-checkers.js";
import { CATALOGUE } from "../catalogue/index.js";
import { loginTypesOf } from "../container/contributions.js";
import { defaultServices } from "../default-services/default-services.js";
import { createLogger } from "../logging/create-logger.js";
import type { LoadedModule } from "../modules/load-modules.js";
import type { Survey } from "../survey-modules.js";
import { disabledData, type DisabledModule } from "./disabled-module.js";
import { explainHooks, type ExplainedHook } from "./explained-hooks.js";
import { explainFailure, explainModule, type ExplainedFailure, type ExplainedModule } from "./explained-modules.js";
import { explainProcesses, type ExplainedProcess } from "./explained-processes.js";
import { explainWebPaths, type ExplainedWebPath } from "./explained-web-paths.js";

/**
 * What the modules of a configuration do together. `ligand explain --json` writes it as it is: members are added to it
 * within a `version`, never changed or taken away.
 */
export interface Explanation {
  readonly version: 1;
  /** In config order. */
  readonly modules: readonly ExplainedModule[];
  /** The entries that are not loaded because they say `enabled: false`. */
  readonly disabled: readonly DisabledModule[];
  /** The entries that can't be loaded, and that the others run without. */
  readonly failed: readonly ExplainedFailure[];
  /** The processes that start for modules, beside the homeserver's own. */
  readonly processes: readonly ExplainedProcess[];
  /** The hooks that a module answers, in the order of the catalogue. */
  readonly hooks: readonly ExplainedHook[];
  /** In the order in which modules declare them. */
  readonly webPaths: readonly ExplainedWebPath[];
  /** As `host.hooks.passwordAuth.loginTypes` will be. */
  readonly loginTypes: readonly LoginType[];
}

/** Explains modules by their classes. Constructs nothing. */
export async function explain(
  modules: readonly LoadedModule[],
  { entries, disabled, failed }: Pick<Survey, "entries" | "disabled" | "failed">,
): Promise<Explanation> {
  const own = new Set<unknown>(defaultServices({ logger: createLogger() }).map(({ service }) => service));
  return {
    version: 1,
    modules: modules.map((module) => explainModule(module, own)),
    disabled: disabled.map(disabledData),
    failed: failed.map(explainFailure),
    processes: await explainProcesses(modules, entries),
    hooks: Object.values(CATALOGUE).flatMap((category) => explainHooks(category, modules)),
    webPaths: explainWebPaths(modules),
    loginTypes: loginTypesOf(modules),
  };
}
