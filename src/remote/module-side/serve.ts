import type { Server } from "node:net";
import { resolve } from "node:path";
import type { Logger } from "winston";
import { bindModules, type ModuleParts } from "../../container/bind-modules.js";
import { bindServices } from "../../container/bind-services.js";
import { checkServices } from "../../container/check-modules.js";
import { checkOptions, listOf, required, notNegative, text, type OptionRules } from "../../options/check-options.js";
import { runningOf, type Host } from "../../container/host.js";
import { VERSION } from "../../package.js";
import { LigandError } from "../../errors/ligand-error.js";
import { START_TIMEOUT_MS } from "../../modules/within-budget.js";
import { StartError } from "../../errors/start-error.js";
import { claimRecord } from "../../decisions/claim-record.js";
import type { RecordClaim } from "../../decisions/record-claim.js";
import type { DecisionsOptions } from "../../decisions/decisions-options.js";
import type { Observer } from "../../dispatch/observer.js";
import { createLogger } from "../../logging/create-logger.js";
import type { DefaultServicesSettings } from "../../default-services/default-services.js";
import { LENT_SERVICES } from "../../services/services.js";
import { START_RULES } from "../../start-options.js";
import { prepare } from "../../start.js";
import { watchProcess } from "../../watch/watch-process.js";
import type { ReloadOptions, ReloadReport } from "../../container/reloads.js";
import { serveControl } from "./control-server.js";
import { ServedConfiguration } from "./served-configuration.js";
import { serveHealth } from "./health-server.js";
import { parseControlAddress, parseListenAddress, parseSocketAddress } from "../wire/listen-address.js";
import { hooksOf, modulesInfo, recordedHooksOf } from "../../container/modules-info.js";
import { ModuleServer } from "./module-server.js";
import type { ServerHealth } from "./served-health.js";
import { PROTOCOL_VERSION, type HomeserverInfo } from "../wire/protocol.js";
import { remoteServices } from "./remote-services.js";
import { SHADOW_CALLS } from "./shadow-calls.js";
import { remedyForMissing } from "./service-remedies.js";
import { TimeoutWarnings } from "./timeout-warnings.js";

/** Which modules to run for a homeserver in another process, and where it finds them. @public */
export interface ServeOptions {
  /** As in {@link startModules}. */
  readonly configFile: string | readonly string[];
  /** `unix:PATH` or `tcp:127.0.0.1:PORT`; or `fd:N`, a socket that the parent process left open for this one. */
  readonly address: string;
  /** Where `GET /health` and `GET /metrics` are answered: `tcp:127.0.0.1:PORT` or `unix:PATH`. Nowhere by default. */
  readonly healthAddress?: string;
  /** The winston logger for Ligand and the modules. By default, lines for people on standard error. */
  readonly logger?: Logger;
  /** As in {@link startModules}. */
  readonly observer?: Observer;
  /** As in {@link startModules}. The file and its key are opened before anything listens. */
  readonly decisions?: DecisionsOptions;
  /** Settings of the services that Ligand itself provides. */
  readonly defaultServices?: DefaultServicesSettings;
  /** How long {@link ServedModules.stop} waits for running calls, in milliseconds; 30,000 by default. */
  readonly stopTimeoutMs?: number;
  /**
   * How long code may block this process before it's killed (SIGKILL), in milliseconds, so that its supervisor restarts it.
   * Never by default; `ligand serve` has its own default. While modules start, which may take longer, it's at least 30
   * seconds.
   */
  readonly blockedLimitMs?: number;
  /** Where the owner of this process may ask for a reload: `unix:PATH`, as `ligand reload` does. Nowhere by default. */
  readonly controlAddress?: string;
  /** As in {@link startModules}. */
  readonly lastGood?: string;
  /** The ids of modules to leave out, whatever the files say. */
  readonly without?: readonly string[];
}

/** Modules that run for homeservers in other processes. Made by {@link serve}. @public */
export interface ServedModules {
  /** How many homeserver processes are connected. */
  readonly connections: number;
  /** How the modules are doing, as `GET /health` shows it. */
  readonly health: ServerHealth;
  /** Resolves once the modules have stopped, for whatever reason. */
  readonly stopped: Promise<void>;
  /** Like `Host.metrics`; while no modules run, only whether those of the configuration that ran last would. */
  metrics(): string;
  /**
   * As `Host.reload`. While no homeserver has connected, the configuration is read and checked again, and nothing starts.
   *
   * @throws {ReloadError} @throws {LigandError} as `Host.reload` does.
   */
  reload(options?: ReloadOptions): Promise<ReloadReport>;
  /**
   * Accepts no new connections and refuses new calls, lets running calls finish, stops the modules, and closes the
   * connections. Calling it again is harmless.
   */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const RULES: OptionRules<ServeOptions> = {
  configFile: required(START_RULES.configFile),
  address: required(text),
  healthAddress: text,
  logger: START_RULES.logger,
  observer: START_RULES.observer,
  decisions: START_RULES.decisions,
  defaultServices: START_RULES.defaultServices,
  stopTimeoutMs: notNegative,
  blockedLimitMs: notNegative,
  controlAddress: text,
  lastGood: START_RULES.lastGood,
  without: listOf(text),
};

/** Stands for a homeserver that lends everything that can be lent, to find what no homeserver can lend. */
const GENEROUS: HomeserverInfo = {
  protocol: PROTOCOL_VERSION,
  software: "",
  serverName: "localhost",
  publicBaseUrl: "http://localhost/",
  emailAppName: "",
  workerName: null,
  workerApp: null,
  customTemplateDir: null,
  runsBackgroundTasks: true,
  services: LENT_SERVICES,
};

/** As `serve`. @param started called with each host that starts */
export async function serveModules(
  options: ServeOptions,
  started: (host: Host) => void = () => undefined,
): Promise<ServedModules> {
  checkOptions("serve", options, RULES);
  const { logger = createLogger(), blockedLimitMs = 0 } = options;
  const limits = blockedLimitMs > 0 && {
    limitMs: blockedLimitMs,
    // While modules start, their own time limit applies, unless they block: only another thread can measure that.
    startLimitMs: Math.max(blockedLimitMs, START_TIMEOUT_MS),
  };
  const watch = watchProcess({ logger, slowStepMs: 0, blockedMs: 1000, ...limits });
  watch.starting();
  try {
    const server = await startServer({ ...options, logger }, started);
    watch.started();
    void server.stopped.then(() => watch.end());
    return server;
  } catch (error) {
    watch.end();
    throw error;
  }
}

/** Serves, and is the only process that records to its file until it has stopped. */
async function startServer(
  options: ServeOptions & { readonly logger: Logger },
  started: (host: Host) => void,
): Promise<ServedModules> {
  const recordClaim = options.decisions && (await claimRecord(options.decisions));
  try {
    const server = await startListening(options, started, recordClaim);
    void server.stopped.then(() => recordClaim?.release());
    return server;
  } catch (error) {
    await recordClaim?.release();
    throw error;
  }
}

async function startListening(
  options: ServeOptions & { readonly logger: Logger },
  started: (host: Host) => void,
  recordClaim: RecordClaim | undefined,
): Promise<ServedModules> {
  const { configFile, logger, defaultServices = {}, observer, decisions, stopTimeoutMs = 30_000 } = options;
  const address = parseListenAddress(options.address);
  const controlAddress = options.controlAddress === undefined ? undefined : parseControlAddress(options.controlAddress);
  const healthAddress = options.healthAddress === undefined ? undefined : parseSocketAddress(options.healthAddress);
  const requireServices = async (modules: readonly ModuleParts[], homeserver = GENEROUS) => {
    const container = await bindServices(remoteServices(homeserver, notStarted), { ...defaultServices, logger });
    const required = modules.filter(({ operate }) => operate?.required !== false);
    const problems = checkServices(bindModules(required, container, logger), remedyForMissing);
    if (problems.length > 0) throw new StartError(problems);
  };
  const configuration = new ServedConfiguration(options, requireServices);
  const timeouts = new TimeoutWarnings(logger);
  const { source } = configuration;
  const reading = configuration.attempt((read) => read);
  // A homeserver that started this process receives the problems when it's introduced: it has no other way to.
  const modules = await (address.kind === "fd" ? reading.catch(() => undefined) : reading);
  // One host serves all processes of the homeserver, unless a process has a host to itself.
  const asServed = (homeserver: HomeserverInfo): HomeserverInfo =>
    address.kind === "fd" ? homeserver : { ...homeserver, runsBackgroundTasks: true };
  // A record has all that modules were asked about, also what none of them looks at.
  const describeHooks = decisions ? recordedHooksOf : hooksOf;
  const server = new ModuleServer({
    address,
    logger,
    describeHooks,
    stopTimeoutMs,
    isLastGood: () => source.kept !== undefined,
    async introduce(homeserver, instance) {
      const needServices = (modules: readonly ModuleParts[]) => requireServices(modules, homeserver);
      if (await server.host()) await needServices(await configuration.current);
      else await configuration.attempt(needServices);
      const modules = await configuration.current;
      timeouts.check(modules, [homeserver.callTimeoutMs ?? []].flat());
      return modulesInfo(modules, VERSION, instance, describeHooks);
    },
    async start(homeserver, call, logger) {
      const { kept } = source;
      const introduced = await configuration.current;
      const host = await prepare(
        { configFile, logger, defaultServices, ...(observer && { observer }), ...(decisions && { decisions }) },
        {
          shadowCalls: SHADOW_CALLS,
          ...(recordClaim && { recordClaim }),
          source,
          changeOver: (modules, put) => server.changeOver(modules, put),
        },
      ).start({ services: remoteServices(asServed(homeserver), call) });
      started(host);
      const running = runningOf(host).modules;
      configuration.runs(running);
      if (source.kept !== kept) {
        configuration.warnOfNew(introduced, running);
        await introduceAgain();
      }
      return host;
    },
  });
  const introduceAgain = async () => {
    const modules = await configuration.current;
    timeouts.check(modules, server.callTimeouts);
    server.changed((instance) => modulesInfo(modules, VERSION, instance, describeHooks));
  };
  const reload = async (how: ReloadOptions = {}) => {
    const report = await configuration.reload(() => server.host(), how);
    if (!report.dryRun) await introduceAgain();
    return report;
  };
  const others: Server[] = [];
  const close = () => {
    source.useFiles();
    for (const other of others) other.close();
  };
  try {
    if (healthAddress) others.push(await serveHealth(server, healthAddress));
    if (controlAddress) others.push(await serveControl(reload, controlAddress));
    await server.listen();
  } catch (error) {
    close();
    throw error;
  }
  void server.stopped.then(close);
  if (modules) {
    const files = [configFile].flat().map((file) => resolve(file));
    const which = source.kept ? "the configuration that ran last" : files.join(", ");
    logger.info(`modules of ${which}: ${modules.map(({ info }) => info.id).join(", ") || "none"}`);
  }
  return Object.assign(server, { reload });
}

/** While a homeserver is being introduced, its services are examined but not used. */
function notStarted(): Promise<never> {
  return Promise.reject(new LigandError("LIGAND_REMOTE_LOST", "the homeserver hasn't connected yet"));
}
