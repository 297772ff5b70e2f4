import { bindModules } from "./container/bind-modules.js";
import { bindServices } from "./container/bind-services.js";
import { buildHost } from "./container/build-host.js";
import { checkModules, checkServices } from "./container/check-modules.js";
import type { Host } from "./container/host.js";
import { startInstances, stopInstances } from "./container/start-instances.js";
import type { ModuleEntry } from "./config/module-entry.js";
import type { Outcome } from "./errors/outcome.js";
import { limitProblems } from "./errors/limit-problems.js";
import { isError, problemLine, sortProblems } from "./errors/problem.js";
import { ConfigError, StartError } from "./errors/start-error.js";
import type { LoadedModule } from "./modules/load-modules.js";
import { checkOptions } from "./options/check-options.js";
import { prepareStart, type HostTraits, type PreparedModules, type StartStages } from "./prepare-start.js";
import {
  PREPARE_RULES,
  START_RULES,
  SURVEY_RULES,
  type PrepareOptions,
  type StartOptions,
  type SurveyOptions,
} from "./start-options.js";

/**
 * Starts modules: read, load, bind, start, chain.
 *
 * @throws {ConfigError} with every problem of the configuration and of the modules' registrations. By then, module code
 *   has only been imported.
 * @throws {StartError} with every module that misses a service or failed to start. Those that had started are stopped.
 *
 * @example
 * ```ts
 * import { Codes, deny, Module, SpamChecker, startModules } from "ligand";
 *
 * @Module()
 * class NoInvites {
 *   @SpamChecker.userMayInvite()
 *   refuse() {
 *     return deny(Codes.FORBIDDEN);
 *   }
 * }
 *
 * const host = await startModules({ modules: [{ module: NoInvites }] });
 * const verdict = await host.hooks.spamChecker.userMayInvite("@ann:example.org", "@bob:example.org", "!room:example.org");
 * if (verdict === "NOT_SPAM") throw new Error("the invite should be refused");
 * await host.stop();
 * ```
 *
 * @public
 */
export async function startModules(options: StartOptions): Promise<Host> {
  checkOptions("startModules", options, START_RULES);
  const { services = [], ...others } = options;
  return prepare(others).start({ services });
}

/**
 * {@link startModules} in two steps, for a homeserver that needs its hooks at construction and provides the modules'
 * services: prepare, construct the homeserver, start.
 *
 * @public
 */
export function prepareModules(options: PrepareOptions): PreparedModules {
  checkOptions("prepareModules", options, PREPARE_RULES);
  return prepare(options);
}

/** {@link prepareModules} for hosts that are part of Ligand. */
export function prepare(options: PrepareOptions, traits: HostTraits = {}): PreparedModules {
  return prepareStart(startStages, options, traits);
}

/** The stages, in order. Each takes the result of the one before. */
const startStages: StartStages = async (options, prepared, remedyOf) => {
  const { services = [], defaultServices, logger, startTimeoutMs = 30_000 } = options;
  const { pendingLimitMs } = prepared;

  const surveyed = await surveyModules(options);
  for (const problem of surveyed.problems) if (!isError(problem)) logger.warn(problemLine(problem));
  const modules = valueOf(surveyed, ConfigError);

  const container = await bindServices(services, { ...defaultServices, logger, pendingLimitMs });
  const bound = bindModules(modules, container, logger);
  const served = valueOf({ value: bound, problems: checkServices(bound, remedyOf) }, StartError);

  const started = valueOf(await startInstances(served, startTimeoutMs), StartError);
  try {
    const host = buildHost(started, container, { ...prepared, logger, stopTimeoutMs: startTimeoutMs });
    prepared.watch?.started();
    return host;
  } catch (error) {
    // Without a host nothing else would stop them.
    await stopInstances(started, startTimeoutMs);
    throw error;
  }
};

/** What's known about modules before they are bound, with everything found wrong, in source order. */
export interface Survey extends Outcome<readonly LoadedModule[]> {
  /** The configuration's entries that aren't loaded because they say `enabled: false`. */
  readonly disabled: readonly ModuleEntry[];
}

/** Reads and checks modules, as far as possible without binding them. */
export async function surveyModules(options: SurveyOptions): Promise<Survey> {
  const { configFile = [], modules = [], startTimeoutMs } = options;
  // These load class-validator and the YAML parser: half the time it takes to import Ligand.
  const { readConfiguration } = await import("./config/read-configuration.js");
  const { loadModules } = await import("./modules/load-modules.js");

  const entries = await readConfiguration([configFile].flat());
  const loaded = await loadModules([...(entries.value ?? []), ...modules], startTimeoutMs);
  const together = checkModules(loaded.value ?? []);
  return {
    value: loaded.value,
    disabled: (entries.value ?? []).filter(({ enabled }) => !enabled),
    problems: limitProblems(sortProblems([...entries.problems, ...loaded.problems, ...together])),
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
  return valueOf(await surveyModules(options), ConfigError);
}

/** The result of a stage. @throws {StartError} of the given class, with the problems that are errors. */
export function valueOf<T>({ value, problems }: Outcome<T>, Thrown: typeof StartError): T {
  const errors = problems.filter(isError);
  if (errors.length > 0) throw new Thrown(errors);
  return value as T;
}
