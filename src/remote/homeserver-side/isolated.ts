import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
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
import { ISOLATED_PROCESS } from "../../package.js";
import { LigandError } from "../../errors/ligand-error.js";
import { messageWithCauses, type Problem } from "../../errors/problem.js";
import { StartError } from "../../errors/start-error.js";
import { createLogger, type LogLevel } from "../../logging/create-logger.js";
import { SENT_SERVICES_RULES, type SentServicesOptions } from "../../default-services/default-services.js";
import { describeHomeserver, openLink, type Link, type RemoteHomeserver } from "./link.js";
import { Start, type IsolatedProcessOptions } from "../wire/protocol.js";
import { relayLog } from "./relay-log.js";
import type { LostCall } from "./remote-hooks.js";
import { hostOf, type RemoteHost } from "./remote-host.js";

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
  nodeArgs: listOf(text),
};
const STOP_TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** A process that ran for this long did not fail at once: the next pause is the first one again. */
const STEADY_MS = 60_000;

/**
 * Runs modules in a process of their own, so that one that blocks or crashes it does not take the homeserver with it.
 * A process that ends, or that leaves a call unanswered and does not move, is replaced, after a pause that grows.
 * Meanwhile, and when a call takes too long, each hook follows its failure policy, as if the callback had thrown
 * `LIGAND_REMOTE_LOST` or `LIGAND_REMOTE_TIMEOUT`.
 *
 * @throws {ConfigError} with every problem of the configuration.
 * @throws {StartError} with every module that lacks a service or failed to start, or with the end of the process.
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for options that are wrong, misspelt ones included, without a
 *   configuration file, or without `Server` among `services`.
 */
export async function startIsolated(options: IsolatedOptions): Promise<RemoteHost> {
  const { configFile, services, logger = createLogger() } = options;
  // Plain JavaScript has no types to say so, and other functions take modules.
  if (configFile === undefined) {
    throw new LigandError("LIGAND_ARGUMENT_INVALID", "`startIsolated` was given no `configFile`", {
      remedy: "List the modules in a file: classes of this process are not those of another.",
    });
  }
  checkOptions("startIsolated", options, RULES);
  const modules = new IsolatedModules(await describeHomeserver(services, "Ligand"), logger, options);
  await modules.start();
  return modules.host();
}

/** One process after the other. */
class IsolatedModules {
  #link: Link | undefined;
  #child: ChildProcess | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #isChecking = false;
  readonly #stopping = new AbortController();

  constructor(
    private readonly homeserver: RemoteHomeserver,
    private readonly logger: Logger,
    private readonly options: IsolatedOptions,
  ) {}

  host(): RemoteHost {
    const { callTimeoutMs = 30_000 } = this.options;
    return hostOf({
      link: () => this.#current(),
      timeoutMs: callTimeoutMs,
      onLoss: (error, call) => this.#lost(error, call, callTimeoutMs),
      stop: () => this.#stop(),
    });
  }

  async start(): Promise<void> {
    const { startTimeoutMs = 60_000 } = this.options;
    const child = this.#spawn();
    const written = relayLog(child.stderr!, this.logger);
    const ended = new Promise<string>((resolve) => {
      child.once("close", (code, signal) => resolve(signal ?? `code ${code}`));
    });
    // Known before it has started: `stop` ends it all the same.
    this.#child = child;
    const socket = child.stdio[3] as Socket;
    const startedAt = performance.now();
    try {
      this.#link = await openLink(socket, this.homeserver, { timeoutMs: startTimeoutMs });
    } catch (error) {
      child.kill("SIGKILL");
      throw error instanceof StartError ? error : new StartError([startProblem(error, await ended, written)]);
    }
    const { closed } = this.#link.peer;
    void closed.then(() => {
      this.#link = undefined;
      // Without its connection it is of no use, whatever it does.
      if (!this.#stopping.signal.aborted) child.kill("SIGKILL");
    });
    void ended.then((end) => {
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - startedAt > STEADY_MS) this.#pauseMs = FIRST_PAUSE_MS;
      const where = written.length > 0 ? "; what it wrote is in the warnings before this line" : "";
      this.logger.error(`the process of isolated modules ended with ${end}${where}`);
      void this.#restart();
    });
  }

  async #restart(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const pause = this.#pauseMs;
      this.#pauseMs = Math.min(pause * 2, LONGEST_PAUSE_MS);
      try {
        await setTimeout(pause, undefined, { signal });
        await this.start();
        this.logger.info("isolated modules run again");
        return;
      } catch (error) {
        if (!signal.aborted) this.logger.error(`isolated modules did not start: ${messageWithCauses(error)}`);
      }
    }
  }

  #current(): Link {
    if (this.#link) return this.#link;
    throw new LigandError("LIGAND_REMOTE_LOST", "the process of isolated modules does not run");
  }

  #lost(error: LigandError, { modules, ...meta }: LostCall, timeoutMs: number): void {
    const asked = modules.length > 0 ? `isolated modules ${modules.join(", ")}` : "isolated modules";
    this.logger.error(`${asked}: ${error.message}`, meta);
    if (error.code === "LIGAND_REMOTE_TIMEOUT" && this.#link) void this.#check(this.#link, timeoutMs);
  }

  /** A callback may be slow; a process that answers nothing at all is blocked, and is replaced. */
  async #check({ peer }: Link, timeoutMs: number): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      await peer.ask(Start, {}, "the process of isolated modules", { timeoutMs });
    } catch (error) {
      // An answer of any kind shows that it is not blocked.
      if (!(error instanceof LigandError) || error.code !== "LIGAND_REMOTE_TIMEOUT") return;
      this.logger.error(`${error.message}: it is killed`);
      this.#child?.kill("SIGKILL");
    } finally {
      this.#isChecking = false;
    }
  }

  async #stop(): Promise<void> {
    const { stopTimeoutMs = STOP_TIMEOUT_MS } = this.options;
    this.#stopping.abort();
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const killed = globalThis.setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    child.kill("SIGTERM");
    await once(child, "close");
    clearTimeout(killed);
  }

  #spawn(): ChildProcess {
    const { configFile, defaultServices = {}, nodeArgs = [], stopTimeoutMs = STOP_TIMEOUT_MS } = this.options;
    const child = fork(ISOLATED_PROCESS, {
      execArgv: [...nodeArgs],
      serialization: "advanced",
      // What modules print is no part of the log.
      stdio: ["ignore", "inherit", "pipe", "pipe", "ipc"],
    });
    child.on("error", (error) => this.logger.error(`the process of isolated modules: ${error.message}`));
    const told: IsolatedProcessOptions = {
      configFile,
      defaultServices,
      // Half of the time is for calls that are under way, the other half for the modules to stop.
      stopTimeoutMs: stopTimeoutMs / 2,
      logLevel: this.logger.level as LogLevel,
    };
    // A process that could not be told is seen to have ended.
    child.send(told, () => undefined);
    return child;
  }
}

/** Why no modules run, where they did not say so themselves. */
function startProblem(error: unknown, end: string, written: readonly string[]): Problem {
  const { code, remedy } = error instanceof LigandError ? error : new LigandError("LIGAND_START_FAILED", "");
  if (code === "LIGAND_REMOTE_LOST") {
    return {
      code: "LIGAND_START_FAILED",
      message: [`the process of isolated modules ended with ${end} before they had started`, ...written].join("\n"),
      remedy: "Read what the process wrote; a module may have ended it.",
    };
  }
  return {
    code,
    message: "isolated modules did not start",
    remedy: code === "LIGAND_REMOTE_TIMEOUT" ? "Look for what they wait for, or raise `startTimeoutMs`." : remedy,
    cause: error,
  };
}
