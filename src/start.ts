import { buildHooks, type BuiltHooks } from "./catalogue/build-hooks.js";
import type { Hooks } from "./catalogue/index.js";
import { bindModules } from "./container/bind-modules.js";
import { bindServices } from "./container/bind-services.js";
import { checkModules } from "./container/check-modules.js";
import { Host } from "./container/host.js";
import { missingServices } from "./container/missing-services.js";
import { startInstances, stopInstances } from "./container/start-instances.js";
import { checkOptions } from "./options/check-options.js";
import { LigandError } from "./errors/ligand-error.js";
import { ConfigError, StartError } from "./errors/start-error.js";
import { isError, problemLine, sortProblems, type Problem } from "./errors/problem.js";
import type { WrapCall } from "./hooks/calls.js";
import { Dispatch } from "./hooks/dispatch.js";
import { createLogger } from "./logging/create-logger.js";
import type { LoadedModule } from "./modules/load-modules.js";
import { startSchedules } from "./modules/every.js";
import { Scheduler } from "./services/scheduler.js";
import { Server } from "./services/server.js";
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
import { createWeb } from "./web/create-web.js";
import { webMountsOf } from "./web/web-mount.js";

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
}

/** {@link prepareModules} for hosts that are part of Ligand. */
export function prepare(options: PrepareOptions, { remedyOf, wrap }: HostTraits = {}): PreparedModules {
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
      host = await startPrepared({ ...options, ...offered }, { dispatch, hooks, setContributions }, remedyOf);
      return host;
    },
  };
}

async function startPrepared(
  options: StartOptions,
  { dispatch, hooks, setContributions }: BuiltHooks & { readonly dispatch: Dispatch },
  remedyOf?: (service: string) => string,
): Promise<Host> {
  const {
    services = [],
    logger = createLogger(),
    startTimeoutMs = 30_000,
    pendingLimitMs = PENDING_LIMIT_MS,
  } = options;
  const { modules, problems: found } = await surveyModules(options);
  for (const problem of found) if (!isError(problem)) logger.warn(problemLine(problem));
  throwIfAny(found.filter(isError), ConfigError);

  const container = await bindServices(services, { ...options.defaultServices, logger, pendingLimitMs });
  const bound = bindModules(modules, container, logger);
  throwIfAny(missingServices(bound, remedyOf), StartError);

  const problems: Problem[] = [];
  const started = await startInstances(bound, startTimeoutMs, problems);
  if (problems.length > 0) await stopInstances(started, startTimeoutMs);
  throwIfAny(problems, StartError);

  const web = createWeb(
    started.flatMap(({ info, instance }) => webMountsOf(info, instance)),
    logger,
  );
  setContributions(({ token }) => container.getAll(token));
  const scheduler = container.get(Scheduler);
  const schedules = started.map(({ info, instance }) => startSchedules(instance, scheduler, info));

  const serverName = container.get(Server, { optional: true })?.serverName ?? "";
  const stopModules = async () => {
    for (const schedule of schedules) schedule.cancel();
    await stopInstances(started, startTimeoutMs);
    await container.unbindAllAsync();
  };
  return new Host({ hooks, web, dispatch, serverName, modules: started.map(({ info }) => info), stopModules });
}

/**
 * The modules of a configuration, validated and not constructed: the stages before binding.
 *
 * @throws {ConfigError} with every problem.
 */
export async function readModules(
  options: Pick<PrepareOptions, "configFile" | "modules" | "startTimeoutMs">,
): Promise<LoadedModule[]> {
  checkOptions("readModules", options, SURVEY_RULES);
  const { modules, problems } = await surveyModules(options);
  throwIfAny(problems.filter(isError), ConfigError);
  return modules;
}

/** As {@link readModules}, with everything that was found, errors and warnings in the order of the text. */
export async function surveyModules({
  configFile = [],
  modules = [],
  startTimeoutMs,
}: SurveyOptions): Promise<{ modules: LoadedModule[]; problems: Problem[] }> {
  // With these come class-validator and the YAML parser, half of what it costs to import Ligand.
  const { readConfiguration } = await import("./config/read-configuration.js");
  const { loadModules } = await import("./modules/load-modules.js");
  const problems: Problem[] = [];
  const entries = await readConfiguration([configFile].flat(), problems);
  const loaded = await loadModules([...entries, ...modules], problems, startTimeoutMs);
  problems.push(...checkModules(loaded));
  return { modules: loaded, problems: sortProblems(problems) };
}

function throwIfAny(problems: readonly Problem[], Thrown: typeof StartError): void {
  if (problems.length > 0) throw new Thrown(problems);
}
