import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ContainerModule } from "inversify";
import type { Logger } from "winston";
import { LigandError } from "../errors/ligand-error.js";
import { causeMessages } from "../errors/problem.js";
import { createLogger } from "../logging/create-logger.js";
import { describeHomeserver, isLoss, openLink, type Link, type RemoteHomeserver } from "./link.js";
import { Start } from "./protocol.js";
import { hostOf, type RemoteHost } from "./remote-host.js";

/** Which modules to run in a process of their own. */
export interface IsolatedOptions {
  /** As in {@link startModules}. */
  readonly configFile: string | readonly string[];
  /** What the modules may use of the homeserver; `Server` must be among it. They have Ligand's own services there. */
  readonly services: readonly ContainerModule[];
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

const PROGRAM = fileURLToPath(new URL("../cli/main.js", import.meta.url));
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
 * @throws {LigandError} `LIGAND_START_FAILED` with what the process wrote when it does not start.
 */
export async function startIsolated(options: IsolatedOptions): Promise<RemoteHost> {
  const { services, logger = createLogger() } = options;
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
      onLoss: (error) => this.#lost(error, callTimeoutMs),
      stop: () => this.#stop(),
    });
  }

  async start(): Promise<void> {
    const { startTimeoutMs = 60_000 } = this.options;
    const child = this.#spawn();
    const written = this.#relayLog(child);
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
      const end = await ended;
      // A process that ended by itself said why; of one that was killed the error is all there is.
      const how = end === "SIGKILL" ? [] : [`the process ended with ${end}`];
      const message = ["isolated modules did not start", ...how, ...causeMessages(error)].join(": ");
      throw new LigandError("LIGAND_START_FAILED", [message, ...written].join("\n"), { cause: error });
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
      this.logger.error(`the process of isolated modules ended with ${end}`);
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
        if (!signal.aborted) this.logger.error(causeMessages(error).join(": "));
      }
    }
  }

  #current(): Link {
    if (this.#link) return this.#link;
    throw new LigandError("LIGAND_REMOTE_LOST", "the process of isolated modules does not run");
  }

  #lost(error: LigandError, timeoutMs: number): void {
    this.logger.error(`isolated modules: ${error.message}`);
    if (error.code === "LIGAND_REMOTE_TIMEOUT" && this.#link) void this.#check(this.#link, timeoutMs);
  }

  /** A callback may be slow; a process that answers nothing at all is blocked, and is replaced. */
  async #check({ peer }: Link, timeoutMs: number): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      await peer.ask(Start, {}, "the process of isolated modules", { timeoutMs });
    } catch (error) {
      if (!isLoss(error)) throw error;
      this.logger.error(`${error.message}: it is killed`);
      this.#child?.kill("SIGKILL");
    } finally {
      this.#isChecking = false;
    }
  }

  async #stop(): Promise<void> {
    const { stopTimeoutMs = 30_000 } = this.options;
    this.#stopping.abort();
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const killed = globalThis.setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    child.kill("SIGTERM");
    await once(child, "close");
    clearTimeout(killed);
  }

  #spawn(): ChildProcess {
    const { configFile, nodeArgs = [] } = this.options;
    const serve = ["serve", ...[configFile].flat(), "--listen", "fd:3", "--log-format", "json"];
    const args = [...nodeArgs, PROGRAM, ...serve, "--log-level", this.logger.level];
    // What modules print is no part of the log.
    const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "pipe", "pipe"] });
    child.on("error", (error) => this.logger.error(`the process of isolated modules: ${error.message}`));
    return child;
  }

  /** Passes on what the process logs; gives what else it wrote. */
  #relayLog(child: ChildProcess): readonly string[] {
    const written: string[] = [];
    createInterface({ input: child.stderr! }).on("line", (line) => {
      const entry = logEntry(line);
      if (entry) this.logger.log(entry);
      else written.push(line);
    });
    return written;
  }
}

function logEntry(line: string): { level: string; message: string } | undefined {
  try {
    const { timestamp: _, ...entry } = JSON.parse(line) as { timestamp: string; level: string; message: string };
    return typeof entry.level === "string" && typeof entry.message === "string" ? entry : undefined;
  } catch {
    // Not a line of the log: Node itself, or a module that prints.
    return undefined;
  }
}
