import { bindServices } from "./container/bind-services.js";
import { Host } from "./container/host.js";
import { Reloads, type FoundModules, type ReadAgain } from "./container/reloads.js";
import { ProcessesOnDemand } from "./container/processes-on-demand.js";
import { RunningModules, type ModulesToRun } from "./container/running-modules.js";
import { startDecisions } from "./container/start-decisions.js";
import { ConfigurationSource } from "./config/configuration-source.js";
import { processGroups } from "./config/operate/process-groups.js";
import type { EarlierFiles } from "./config/read-changes.js";
import { isError, problemLine } from "./errors/problem.js";
import { ConfigError } from "./errors/start-error.js";
import { infoOf } from "./modules/optional-modules.js";
import { START_TIMEOUT_MS } from "./modules/within-budget.js";
import { checkOptions } from "./options/check-options.js";
import { prepareStart, type HostTraits, type PreparedModules, type StartStages } from "./prepare-start.js";
import { Server } from "./services/server.js";
import { offerTelemetry } from "./telemetry/offer-telemetry.js";
import { createWeb } from "./web/create-web.js";
import { PREPARE_RULES, START_RULES, type PrepareOptions, type StartOptions } from "./start-options.js";
import { surveyModules, valueOf, type SurveyHow } from "./survey-modules.js";

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
const startStages: StartStages = async (options, prepared, traits) => {
  const { services = [], defaultServices = {}, logger, startTimeoutMs: budgetMs = START_TIMEOUT_MS } = options;
  const { hooks, chains, setContributions, dispatch, isTraced, decisions, watch, pendingLimitMs } = prepared;
  const { remedyOf, processes, changeOver, shadowCalls } = traits;
  const { configFile, lastGood } = options;
  const source = traits.source ?? new ConfigurationSource({ logger, configFile, lastGood });
  const endSource = () => {
    if (!traits.source) source.useFiles();
  };
  const others = processes ?? new ProcessesOnDemand({ logger, startTimeoutMs: budgetMs, stopTimeoutMs: budgetMs });
  const tellsCallsApart = shadowCalls !== undefined || others.areForAll;
  const earlier: EarlierFiles = new Map();
  const read = async (how: SurveyHow, modules = options.modules ?? []) => {
    const files = [options.configFile ?? []].flat();
    if (files.length > 0) logger.debug(`Reading ${files.join(", ")}`);
    const always = { others, tellsCallsApart, earlier };
    const surveyed = await surveyModules(
      { ...options, modules },
      { ...(await source.reading(how.isReload === true)), ...how, ...always },
    );
    for (const problem of surveyed.problems) if (!isError(problem)) logger.warn(problemLine(problem));
    const off = modules.filter(({ operate }) => operate?.mode === "disabled");
    const disabled = [...surveyed.disabled, ...off].map((entry) => infoOf(entry).id);
    const { failed, isListed } = surveyed;
    return { loaded: valueOf(surveyed, ConfigError), failed, disabled, isListed };
  };
  let asked: RunningModules["modules"] = [];
  try {
    const readKept = async () => {
      // The processes in which the modules of the files were found or started.
      await others.settle([]);
      return read({});
    };
    const found = await source.attempt(() => read({}), readKept);
    const container = await bindServices(services, { ...defaultServices, logger, pendingLimitMs });
    const web = createWeb([], logger, dispatch.watchdog);
    const recorded = await startDecisions(decisions, dispatch, container, logger);
    const frame = { ...recorded, others, defaultServices, dispatch, web, setContributions, logger, budgetMs };
    const traited = { shadowCalls, ...(remedyOf && { remedyOf }), ...(changeOver && { changeOver }) };
    const running = new RunningModules({ ...frame, ...traited });
    await startFirst(running, found, source, readKept);
    asked = running.modules;

    logger.info(startedLine(running.modules));
    watch?.started();
    const readAgain: ReadAgain = (modules) => read({ isReload: true, running: running.modules }, modules);
    const settle = () => others.settle(running.modules);
    const revised = (revision: number) => decisions.revised(revision);
    const reloads = new Reloads({ running, readAgain, settle, revised, source, logger });
    const serverName = container.get(Server, { optional: true })?.serverName ?? "";
    const vitals = [running.breakersOf, (id: string) => others.vitalsOf(id)];
    const stopModules = async () => {
      endTelemetry();
      endSource();
      await running.stop();
      // What still waits keeps no program from ending that has stopped its modules.
      dispatch.budgets.release();
      await others.stop();
      await decisions.stop();
      await container.unbindAllAsync();
      watch?.end();
    };
    const made = { hooks, chains, web, running, dispatch, decisions, source, reloads, serverName, vitals, stopModules };
    const host = new Host(made);
    const endTelemetry = offerTelemetry(host, { isTraced, logger });
    return host;
  } catch (error) {
    endSource();
    throw error;
  } finally {
    await others.settle(asked);
  }
};

/**
 * Starts what was found. In a function of its own: as a variable of one whose functions live as long as the host, what was
 * found would take memory for as long, with the documents that it was read from.
 */
async function startFirst(
  running: RunningModules,
  found: FoundModules,
  source: ConfigurationSource,
  readKept: () => Promise<ModulesToRun>,
): Promise<void> {
  await source.attempt(
    () => running.exchange(found),
    async () => running.exchange(await readKept()),
  );
  await source.ran(found.isListed);
}

function startedLine(modules: RunningModules["modules"]): string {
  const counted = (number: number, one: string, several: string) => `${number} ${number === 1 ? one : several}`;
  const ids = modules.map(({ info }) => info.id).join(", ") || "none";
  const { length } = processGroups(modules);
  const elsewhere = length > 0 ? ` (${counted(length, "process", "processes")} started for them)` : "";
  return `Started ${counted(modules.length, "module", "modules")}: ${ids}${elsewhere}`;
}
