import { randomUUID } from "node:crypto";
import type { ContainerModule } from "inversify";
import type { Logger } from "winston";
import { modulesInfo } from "./container/modules-info.js";
import { runningOf, type Host } from "./container/host.js";
import { ProcessesOnDemand } from "./container/processes-on-demand.js";
import { SENT_SERVICES_RULES, type SentServicesOptions } from "./default-services/default-services.js";
import { DECISIONS_RULES, type DecisionsOptions } from "./decisions/decisions-options.js";
import { LigandError } from "./errors/ligand-error.js";
import { createLogger } from "./logging/create-logger.js";
import {
  checkOptions,
  configFiles,
  listOf,
  logger as loggerRule,
  members,
  notNegative,
  positive,
  required,
  serviceBindings,
  text,
  type OptionRules,
} from "./options/check-options.js";
import { VERSION } from "./package.js";
import { describeHomeserver } from "./remote/homeserver-side/link.js";
import { ISOLATED_NAMES } from "./remote/homeserver-side/process-names.js";
import type { RemoteHealth } from "./remote/homeserver-side/remote-health.js";
import type { RemoteHost } from "./remote/homeserver-side/remote-host.js";
import type { RestartTimes } from "./remote/homeserver-side/restarts.js";
import { prepare } from "./start.js";
import { servesPath } from "./web/web-paths.js";

/** Which modules to run in a separate process. @public */
export interface IsolatedOptions {
  /** As in {@link startModules}. */
  readonly configFile: string | readonly string[];
  /** The homeserver's services that modules may use; `Server` must be one of them. Ligand's own run in the separate process. */
  readonly services: readonly ContainerModule[];
  /** Settings of the services that Ligand itself provides in the modules' process, such as their `database`. */
  readonly defaultServices?: SentServicesOptions;
  /** The winston logger for Ligand and the modules. By default, lines for people on standard error. */
  readonly logger?: Logger;
  /** Records decisions to a file, as in {@link startModules}. Without it nothing is recorded. */
  readonly decisions?: DecisionsOptions & Required<Pick<DecisionsOptions, "file">>;
  /** How long a hook call may take, in milliseconds; 30,000 by default. */
  readonly callTimeoutMs?: number;
  /** How long the process and its modules may take to start, in milliseconds; 60,000 by default. */
  readonly startTimeoutMs?: number;
  /** How long the process may take to stop before it is killed, in milliseconds; 30,000 by default. */
  readonly stopTimeoutMs?: number;
  /**
   * How long a callback may block the process before it is killed and replaced, in milliseconds; 10,000 by default. It
   * is named in the log after a second. While a debugger is attached to the process it is not killed.
   */
  readonly blockedLimitMs?: number;
  /** Node options for the process, such as `--max-old-space-size=256`. */
  readonly nodeArgs?: readonly string[];
}

const RULES: OptionRules<IsolatedOptions> = {
  configFile: configFiles,
  services: serviceBindings,
  defaultServices: members(SENT_SERVICES_RULES),
  logger: loggerRule,
  decisions: members({ ...DECISIONS_RULES, file: required(DECISIONS_RULES.file) }),
  callTimeoutMs: positive,
  startTimeoutMs: positive,
  stopTimeoutMs: notNegative,
  blockedLimitMs: positive,
  nodeArgs: listOf(text),
};
/** `startIsolated`, with times between restarts that users can't set. */
export async function startIsolatedWith(options: IsolatedOptions, restartTimes?: RestartTimes): Promise<RemoteHost> {
  const {
    configFile,
    services,
    decisions,
    logger = createLogger(),
    callTimeoutMs = 30_000,
    stopTimeoutMs = 30_000,
  } = options;
  // Plain JavaScript has no types to say so, and other functions accept modules.
  if (configFile === undefined) {
    throw new LigandError("LIGAND_ARGUMENT_INVALID", "`startIsolated` was given no `configFile`", {
      remedy: "List the modules in a file: classes of this process don't exist in another one.",
    });
  }
  checkOptions("startIsolated", options, RULES);
  const { defaultServices = {}, nodeArgs = [], startTimeoutMs = 60_000, blockedLimitMs = 10_000 } = options;
  await describeHomeserver(services, "Ligand");
  const processes = new ProcessesOnDemand({
    logger,
    startTimeoutMs,
    stopTimeoutMs,
    blockedLimitMs,
    callTimeoutMs,
    restartTimes,
    onlyProcess: { names: ISOLATED_NAMES, nodeArgs },
  });
  const host = await prepare(
    { configFile, logger, defaultServices, startTimeoutMs, ...(decisions && { decisions }) },
    { processes, watch: false },
  ).start({ services });
  return isolatedHost(host, processes);
}

function isolatedHost(host: Host, processes: ProcessesOnDemand): RemoteHost {
  const instance = randomUUID();
  const since = new Date();
  let isStopped = false;
  const health = (): RemoteHealth => {
    const [process] = processes.health.values();
    return process ?? { state: isStopped ? "stopped" : "running", since, restarts: 0 };
  };
  const stop = () => {
    isStopped = true;
    return host.stop();
  };
  return {
    hooks: host.hooks,
    get info() {
      return modulesInfo(runningOf(host).modules, VERSION, `${instance}-${health().restarts}`);
    },
    async fetch(request, options) {
      const path = new URL(request.url).pathname;
      if (!isStopped && servesPath(host.webPaths, path)) processes.assertConnected();
      return host.fetch(request, options);
    },
    health,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
