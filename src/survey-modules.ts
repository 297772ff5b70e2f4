import { checkModules } from "./container/check-modules.js";
import { ProcessesOnDemand } from "./container/processes-on-demand.js";
import type { RunningModules } from "./container/running-modules.js";
import type { ModuleEntry } from "./config/module-entry.js";
import { keptAsFiles, type Reading } from "./config/kept-files.js";
import type { EarlierFiles } from "./config/read-changes.js";
import type { EachFile } from "./config/read-configuration.js";
import { limitProblems } from "./errors/limit-problems.js";
import type { Outcome } from "./errors/outcome.js";
import { isError, problemOf, sortProblems, type Problem } from "./errors/problem.js";
import { ConfigError, type StartError } from "./errors/start-error.js";
import type { Holding } from "./modules/holding.js";
import { leaveOut } from "./modules/leave-out.js";
import type { FailedModule, LoadedModule } from "./modules/load-modules.js";
import { withoutBroken } from "./modules/optional-modules.js";
import { START_TIMEOUT_MS } from "./modules/within-budget.js";
import { checkOptions } from "./options/check-options.js";
import { SURVEY_RULES, type PrepareOptions, type SurveyOptions } from "./start-options.js";

/** What's known about modules before they are bound, with everything found wrong, in source order. */
export interface Survey extends Outcome<readonly LoadedModule[]> {
  /** Modules that can't be loaded, and that the others run without; their problems are here only. */
  readonly failed: readonly FailedModule[];
  /** The entries of the configuration's files, without those that say `enabled: false`. */
  readonly entries: readonly ModuleEntry[];
  /** Those that say it. */
  readonly disabled: readonly ModuleEntry[];
  /** Whether files have a section `modules:`. */
  readonly isListed: boolean;
}

/** In which situation modules are surveyed. */
export interface SurveyHow extends Reading {
  /** Whether modules of the configuration run already. */
  readonly isReload?: boolean;
  /** Those that run. */
  readonly running?: RunningModules["modules"];
  /** What the files said the last time. */
  readonly earlier?: EarlierFiles;
  readonly eachFile?: EachFile;
  /** The processes of modules that have one. Without it, they end when the modules have been surveyed. */
  readonly others?: ProcessesOnDemand;
  /**
   * Whether the process that runs the modules tells calls in shadow from other calls. Undefined where it isn't known which
   * process that is.
   */
  readonly tellsCallsApart?: boolean;
  /** What the modules are held to; by default the lock of the configuration, if it has one. */
  readonly holding?: Holding;
}

/** Reads and checks modules, as far as possible without binding them. */
export async function surveyModules(options: SurveyOptions, how: SurveyHow = {}): Promise<Survey> {
  const { configFile = [], modules = [], startTimeoutMs = START_TIMEOUT_MS } = options;
  const { isReload = false, earlier, eachFile, others, holding, kept, read, without = [], mayLack } = how;
  const { tellsCallsApart, running, mustList = isReload } = how;
  // These load class-validator and the YAML parser: half the time it takes to import Ligand.
  const { readConfiguration } = await import("./config/read-configuration.js");
  const { loadModules } = await import("./modules/load-modules.js");

  const files = kept ? [...kept.keys()] : [configFile].flat();
  const written = await readConfiguration(files, eachFile, kept ? keptAsFiles(kept) : { read }, earlier);
  const chosen = written.value && leaveOut(written.value, without, mayLack);
  const entries = { value: chosen?.value, problems: [...written.problems, ...(chosen?.problems ?? [])] };
  const { holdingOf } = await import("./lock/holding-of.js");
  const lock = holding ? { value: holding, problems: [] } : await holdingOf([configFile].flat());
  // Without a lock that can be read, nothing says what may be imported.
  const all = lock.problems.length > 0 ? [] : [...(entries.value ?? []), ...modules];
  const processes = others ?? new ProcessesOnDemand({ startTimeoutMs, stopTimeoutMs: startTimeoutMs });
  const loading = { budgetMs: startTimeoutMs, isReload, others: processes, holding: lock.value, running };
  const found = await loadModules(all, loading);
  if (!others) await processes.stop();
  const held = (some: readonly LoadedModule[]) => some.flatMap((module) => lock.value?.useProblems(module) ?? []);
  const { loaded, failed, problems } = withoutBroken(all, found, (module) => [
    ...checkModules([module], tellsCallsApart),
    ...held([module]),
  ]);
  const missing =
    mustList && files.length > 0 && entries.value === undefined && !entries.problems.some(isError)
      ? [withoutSection(files)]
      : [];
  const together = [...checkModules(loaded, tellsCallsApart), ...held(loaded)];
  return {
    value: loaded,
    failed,
    entries: (entries.value ?? []).filter(({ enabled }) => enabled),
    disabled: (entries.value ?? []).filter(({ enabled }) => !enabled),
    isListed: entries.value !== undefined,
    problems: limitProblems(
      sortProblems([...missing, ...lock.problems, ...entries.problems, ...problems, ...together]),
    ),
  };
}

/**
 * Reads and validates the modules of a configuration without constructing them: the stages before binding.
 *
 * @throws {ConfigError} with every problem.
 *
 * @public
 */
export async function readModules(
  options: Pick<PrepareOptions, "configFile" | "modules" | "startTimeoutMs">,
): Promise<readonly LoadedModule[]> {
  checkOptions("readModules", options, SURVEY_RULES);
  return valueOf(await surveyModules(options, { tellsCallsApart: false }), ConfigError);
}

/** A file that's empty, or half written, must not stop all modules. */
function withoutSection(files: readonly string[]): Problem {
  const message = `${files.join(", ")}: there is no section \`modules\``;
  return problemOf("LIGAND_CONFIG_MISSING_KEY", message, { remedy: "To run no modules, write `modules: []`." });
}

/** The result of a stage. @throws {StartError} of the given class, with the problems that are errors. */
export function valueOf<T>({ value, problems }: Outcome<T>, Thrown: typeof StartError): T {
  const errors = problems.filter(isError);
  if (errors.length > 0) throw new Thrown(errors);
  return value as T;
}
