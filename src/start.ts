import { buildHooks, type BuiltHooks } from "./catalogue/build-hooks.js";
import type { Hooks } from "./catalogue/index.js";
import { bindModules } from "./container/bind-modules.js";
import { bindServices } from "./container/bind-services.js";
import { buildHost } from "./container/build-host.js";
import { checkModules, checkServices } from "./container/check-modules.js";
import type { Host } from "./container/host.js";
import { startInstances } from "./container/start-instances.js";
import { LigandError } from "./errors/ligand-error.js";
import type { Outcome } from "./errors/outcome.js";
import { isError, problemLine, sortProblems } from "./errors/problem.js";
import { ConfigError, StartError } from "./errors/start-error.js";
import type { WrapCall } from "./hooks/calls.js";
import { Dispatch } from "./hooks/dispatch.js";
import { createLogger } from "./logging/create-logger.js";
import type { LoadedModule } from "./modules/load-modules.js";
import { checkOptions } from "./options/check-options.js";
import {
  OFFERED_RULES,
  PREPARE_RULES,
  START_RULES,
  SURVEY_RULES,
  type OfferedServices,
  type PrepareOptions,
  type StartOptions,
  type SurveyOptions,
} from "./start-options.js";
import { watchProcess, type Watch } from "./watch/watch-process.js";

const PENDING_LIMIT_MS = 60_000;

/** Modules whose hooks a homeserver can be built on before they start. Made by {@link prepareModules}. */
export interface PreparedModules {
  /** Those of the host. Until the modules have started, each hook answers as one that no module registers. */
  readonly hooks: Hooks;
  /** As `fetch` of the host. Until the modules have started, no module serves a path. */
  readonly fetch: Host["fetch"];
  /**
   * Starts the modules, once.
   *
   * @throws {ConfigError} @throws {StartError} as {@link startModules} does.
   */
  readonly start: (offered?: OfferedServices) => Promise<Host>;
}

/**
 * Starts modules. This is the way of the data: read, load, bind, start, chain.
 *
 * @throws {ConfigError} with every problem of the configuration and of the modules' registrations; no code of a
 *   module has run beyond its import.
 * @throws {StartError} with every module that lacks a service or failed to start; those that had started were stopped.
 */
export async function startModules(options: StartOptions): Promise<Host> {
  checkOptions("startModules", options, START_RULES);
  const { services = [], ...others } = options;
  return prepare(others).start({ services });
}

/**
 * {@link startModules} in two steps, for a homeserver that is given its hooks at construction, and whose services are
 * those of the modules: prepare, construct the homeserver, start.
 */
export function prepareModules(options: PrepareOptions): PreparedModules {
  checkOptions("prepareModules", options, PREPARE_RULES);
  return prepare(options);
}

/** What hosts that are part of Ligand decide beside {@link PrepareOptions}. */
export interface HostTraits {
  /** What to do there about a service that no one bound, by its name. */
  readonly remedyOf?: (service: string) => string;
  /** Wraps the call of each callback, for a process that another one watches. */
  readonly wrap?: WrapCall;
  /** False where no thread of this process watches it. */
  readonly watch?: boolean;
}

/** {@link prepareModules} for hosts that are part of Ligand. */
export function prepare(options: PrepareOptions, traits: HostTraits = {}): PreparedModules {
  const { remedyOf, wrap } = traits;
  const dispatch = new Dispatch(options.pendingLimitMs ?? PENDING_LIMIT_MS, options.observer, wrap);
  const { hooks, setContributions } = buildHooks(dispatch);
  let isStarting = false;
  let host: Host | undefined;
  return {
    hooks,
    fetch: async (request, fetchOptions) => host?.fetch(request, fetchOptions),
    async start(offered = {}) {
      checkOptions("start", offered, OFFERED_RULES);
      if (isStarting) {
        throw new LigandError("LIGAND_ARGUMENT_INVALID", "`start()` was called twice for the same prepared modules", {
          remedy: "Call `prepareModules` again for each start.",
        });
      }
      isStarting = true;
      const logger = options.logger ?? createLogger();
      const watch = watchHost({ ...options, logger }, traits);
      const prepared = { dispatch, hooks, setContributions, watch };
      try {
        host = await start({ ...options, ...offered, logger }, prepared, remedyOf);
        return host;
      } catch (error) {
        watch?.end();
        throw error;
      }
    },
  };
}

/** The watch over a host's process, from the start of its modules on. */
function watchHost(
  { logger, slowStepMs = 200, blockedMs = 1000 }: PrepareOptions,
  { watch = true }: HostTraits,
): Watch | undefined {
  if (!watch || (slowStepMs === 0 && blockedMs === 0)) return undefined;
  const begun = watchProcess({ ...(logger && { logger }), slowStepMs, blockedMs });
  begun.starting();
  return begun;
}

/** The stages, in order. Each takes the value of the one before. */
async function start(
  options: StartOptions,
  prepared: BuiltHooks & { readonly dispatch: Dispatch; readonly watch: Watch | undefined },
  remedyOf?: (service: string) => string,
): Promise<Host> {
  const { services = [], defaultServices, logger = createLogger(), startTimeoutMs = 30_000 } = options;
  const { pendingLimitMs = PENDING_LIMIT_MS } = options;

  const surveyed = await surveyModules(options);
  for (const problem of surveyed.problems) if (!isError(problem)) logger.warn(problemLine(problem));
  const modules = valueOf(surveyed, ConfigError);

  const container = await bindServices(services, { ...defaultServices, logger, pendingLimitMs });
  const bound = bindModules(modules, container, logger);
  const served = valueOf({ value: bound, problems: checkServices(bound, remedyOf) }, StartError);

  const started = valueOf(await startInstances(served, startTimeoutMs), StartError);
  const host = buildHost(started, container, { ...prepared, logger, stopTimeoutMs: startTimeoutMs });
  prepared.watch?.started();
  return host;
}

/** What is known of modules before they are bound, with everything that was found, in the order of the text. */
export async function surveyModules(options: SurveyOptions): Promise<Outcome<readonly LoadedModule[]>> {
  const { configFile = [], modules = [], startTimeoutMs } = options;
  // With these come class-validator and the YAML parser, half of what it costs to import Ligand.
  const { readConfiguration } = await import("./config/read-configuration.js");
  const { loadModules } = await import("./modules/load-modules.js");

  const entries = await readConfiguration([configFile].flat());
  const loaded = await loadModules([...(entries.value ?? []), ...modules], startTimeoutMs);
  const together = checkModules(loaded.value ?? []);
  return { value: loaded.value, problems: sortProblems([...entries.problems, ...loaded.problems, ...together]) };
}

/**
 * The modules of a configuration, validated and not constructed: the stages before binding.
 *
 * @throws {ConfigError} with every problem.
 */
export async function readModules(
  options: Pick<PrepareOptions, "configFile" | "modules" | "startTimeoutMs">,
): Promise<readonly LoadedModule[]> {
  checkOptions("readModules", options, SURVEY_RULES);
  return valueOf(await surveyModules(options), ConfigError);
}

/** What a stage made. @throws {StartError} of the class given, with the problems that are errors. */
function valueOf<T>({ value, problems }: Outcome<T>, Thrown: typeof StartError): T {
  const errors = problems.filter(isError);
  if (errors.length > 0) throw new Thrown(errors);
  return value as T;
}
