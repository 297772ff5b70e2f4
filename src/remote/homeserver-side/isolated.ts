import type { ContainerModule } from "inversify";
import type { Logger } from "winston";
import {
  checkOptions,
  configFiles,
  listOf,
  logger as loggerRule,
  members,
  notNegative,
  positive,
  serviceBindings,
  text,
  type OptionRules,
} from "../../options/check-options.js";
import { LigandError } from "../../errors/ligand-error.js";
import { createLogger, type LogLevel } from "../../logging/create-logger.js";
import { SENT_SERVICES_RULES, type SentServicesOptions } from "../../default-services/default-services.js";
import { IsolatedModules } from "./isolated-modules.js";
import { describeHomeserver } from "./link.js";
import { ModuleProcess } from "./module-process.js";
import type { RemoteHost } from "./remote-host.js";
import type { RestartTimes } from "./restarts.js";

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
  callTimeoutMs: positive,
  startTimeoutMs: positive,
  stopTimeoutMs: notNegative,
  blockedLimitMs: positive,
  nodeArgs: listOf(text),
};
/** `startIsolated`, with times between restarts that users can't set. */
export async function startIsolatedWith(options: IsolatedOptions, restartTimes?: RestartTimes): Promise<RemoteHost> {
  const { configFile, services, logger = createLogger(), callTimeoutMs = 30_000, stopTimeoutMs = 30_000 } = options;
  // Plain JavaScript has no types to say so, and other functions accept modules.
  if (configFile === undefined) {
    throw new LigandError("LIGAND_ARGUMENT_INVALID", "`startIsolated` was given no `configFile`", {
      remedy: "List the modules in a file: classes of this process don't exist in another one.",
    });
  }
  checkOptions("startIsolated", options, RULES);
  const { defaultServices = {}, nodeArgs = [], startTimeoutMs = 60_000, blockedLimitMs = 10_000 } = options;
  const process = {
    homeserver: await describeHomeserver(services, "Ligand"),
    logger,
    nodeArgs,
    told: {
      configFile,
      defaultServices,
      // Half of the time is for running calls, the other half for the modules to stop.
      stopTimeoutMs: stopTimeoutMs / 2,
      logLevel: logger.level as LogLevel,
    },
    startTimeoutMs,
    stopTimeoutMs,
    blockedLimitMs,
  };
  const modules = new IsolatedModules({ newProcess: () => new ModuleProcess(process), logger, restartTimes });
  await modules.start();
  return modules.host(callTimeoutMs);
}
