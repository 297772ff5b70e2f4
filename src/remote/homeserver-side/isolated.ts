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

/** Which modules to run in a process of their own. */
export interface IsolatedOptions {
  /** As in {@link startModules}. */
  readonly configFile: string | readonly string[];
  /** What the modules may use of the homeserver; `Server` must be among it. They have Ligand's own services there. */
  readonly services: readonly ContainerModule[];
  /** Settings of the services that Ligand offers itself, in the process of the modules: such as their `database`. */
  readonly defaultServices?: SentServicesOptions;
  /** Where Ligand and the modules log: a winston logger. By default lines for people on the standard error stream. */
  readonly logger?: Logger;
  /** How long a call of a hook may take, in milliseconds; 30,000 by default. */
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
  /** Options of Node for the process, such as `--max-old-space-size=256`. */
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
/**
 * Runs modules in a process of their own, so that one that blocks or crashes it does not take the homeserver with it.
 * A process that ends, or that a callback blocks for longer than `blockedLimitMs`, is replaced: the first times
 * promptly, and every five minutes once it has ended three times within ten; `health()` shows it. Meanwhile, and when a
 * call takes too long, each hook follows its failure policy, as if the callback had thrown `LIGAND_REMOTE_LOST` or
 * `LIGAND_REMOTE_TIMEOUT`. The process ends with this one, also when this one is killed, within two seconds.
 *
 * @throws {ConfigError} with every problem of the configuration.
 * @throws {StartError} with every module that lacks a service or failed to start, or with the end of the process.
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for options that are wrong, misspelt ones included, without a
 *   configuration file, or without `Server` among `services`.
 */
export function startIsolated(options: IsolatedOptions): Promise<RemoteHost> {
  return startIsolatedWith(options);
}

/** {@link startIsolated}, with other times between restarts than users can choose. */
export async function startIsolatedWith(options: IsolatedOptions, restartTimes?: RestartTimes): Promise<RemoteHost> {
  const { configFile, services, logger = createLogger(), callTimeoutMs = 30_000, stopTimeoutMs = 30_000 } = options;
  // Plain JavaScript has no types to say so, and other functions take modules.
  if (configFile === undefined) {
    throw new LigandError("LIGAND_ARGUMENT_INVALID", "`startIsolated` was given no `configFile`", {
      remedy: "List the modules in a file: classes of this process are not those of another.",
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
      // Half of the time is for calls that are under way, the other half for the modules to stop.
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
