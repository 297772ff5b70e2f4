import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Logger } from "winston";
import { LigandError } from "../../errors/ligand-error.js";
import { problemOf, type Problem } from "../../errors/problem.js";
import { StartError } from "../../errors/start-error.js";
import { ISOLATED_PROCESS } from "../../package.js";
import { MarksFile } from "../wire/process-marks.js";
import type { IsolatedProcessOptions, ModulesInfo } from "../wire/protocol.js";
import { BlockedWatch } from "./blocked-watch.js";
import { openLink, type Link, type RemoteHomeserver } from "./link.js";
import { orphanGuard } from "./orphan-guard.js";
import { relayLog } from "./relay-log.js";

/** Options of a process of modules. */
export interface ModuleProcessOptions {
  readonly homeserver: RemoteHomeserver;
  readonly logger: Logger;
  readonly nodeArgs: readonly string[];
  /** What the process receives when it starts. */
  readonly told: IsolatedProcessOptions;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly blockedLimitMs: number;
}

/** How long to wait for the process's last output, if something else holds its output open. */
const LAST_OUTPUT_MS = 1000;

/**
 * A process that runs modules, from start to end. It's watched meanwhile, and ends with this one. It leads a process
 * group: processes that its modules start, and that would hold its output open, end with it.
 */
export class ModuleProcess {
  /** The connection, while the modules run. */
  link: Link | undefined;
  /** Resolves once it has exited, with how: `SIGKILL`, `code 1`. */
  readonly ended: Promise<string>;
  readonly #options: ModuleProcessOptions;
  readonly #child: ChildProcess;
  readonly #marks = new MarksFile();
  readonly #written: readonly string[];
  #watch: BlockedWatch | undefined;
  #killedBecause: string | undefined;

  constructor(options: ModuleProcessOptions) {
    this.#options = options;
    const { logger, nodeArgs, told } = options;
    const child = fork(programOfProcess(), {
      execArgv: [...nodeArgs],
      detached: true,
      serialization: "advanced",
      // What modules print isn't part of the log.
      stdio: ["ignore", "inherit", "pipe", "pipe", "ipc", this.#marks.fd],
    });
    this.#child = child;
    child.on("error", (error) => logger.error(`the process of isolated modules: ${error.message}`));
    const { pid } = child;
    if (pid !== undefined) {
      orphanGuard.add(pid, (error) =>
        logger.warn(`Blocked isolated modules would outlive this process: ${error.message}`),
      );
      child.once("exit", () => {
        this.#killGroup();
        orphanGuard.release(pid);
        setTimeout(() => child.stderr!.destroy(), LAST_OUTPUT_MS).unref();
      });
    }
    this.#written = relayLog(child.stderr!, logger);
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#watch?.stop();
        this.#marks.close();
        this.link = undefined;
        resolve(signal ?? `code ${code}`);
      });
    });
    // If the message can't be delivered, the process will be seen to have exited.
    child.send(told, () => undefined);
  }

  /**
   * Waits until the modules run.
   *
   * @throws {StartError} when they don't; the process is killed then.
   */
  async open(): Promise<ModulesInfo> {
    const { homeserver, startTimeoutMs, blockedLimitMs, logger } = this.#options;
    try {
      this.link = await openLink(this.#child.stdio[3] as Socket, homeserver, { timeoutMs: startTimeoutMs });
    } catch (error) {
      this.#killGroup();
      throw error instanceof StartError
        ? error
        : new StartError([startProblem(error, await this.ended, this.#written)]);
    }
    // Until here its modules had time to start.
    this.#watch = new BlockedWatch({
      marks: this.#marks,
      logger,
      limitMs: blockedLimitMs,
      kill: (why) => this.kill(why),
    });
    const { info } = this.link;
    void this.link.peer.closed.then((error) => {
      this.link = undefined;
      // Without its connection it's useless, whatever it does.
      if (error instanceof LigandError) this.kill(error.message);
      else this.#killGroup();
    });
    return info;
  }

  /** Whether it has written anything besides its log. */
  get hasWritten(): boolean {
    return this.#written.length > 0;
  }

  /** Why it was killed, if it was. */
  get killedBecause(): string | undefined {
    return this.#killedBecause;
  }

  /** Kills it now. */
  kill(why: string): void {
    if (this.#killedBecause !== undefined || !this.#runs) return;
    this.#killedBecause = why;
    this.#options.logger.error(`killing the process of isolated modules: ${why}`);
    this.#killGroup();
  }

  /** Lets it shut down, within its time. */
  async stop(): Promise<void> {
    if (!this.#runs) return;
    const { stopTimeoutMs } = this.#options;
    const killed = setTimeout(() => this.kill(`it didn't stop within ${stopTimeoutMs / 1000} s`), stopTimeoutMs);
    this.#child.kill("SIGTERM");
    await once(this.#child, "close");
    clearTimeout(killed);
  }

  #killGroup(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Nothing of it is left.
    }
  }

  get #runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}

function programOfProcess(): string {
  if (ISOLATED_PROCESS !== undefined) return ISOLATED_PROCESS;
  throw new LigandError("LIGAND_START_FAILED", "isolated modules need a program that isn't part of a bundle", {
    remedy: "Leave `ligand` out of the bundle (esbuild: `--external:ligand`), and install it beside the bundle.",
  });
}

/** Why no modules run, unless they said so themselves. */
function startProblem(error: unknown, end: string, written: readonly string[]): Problem {
  const { code, remedy } = error instanceof LigandError ? error : new LigandError("LIGAND_START_FAILED", "");
  if (code === "LIGAND_REMOTE_LOST") {
    const message = `the process of isolated modules exited with ${end} before they had started`;
    return problemOf("LIGAND_START_FAILED", [message, ...written].join("\n"), {
      remedy: "Read the output of the process; a module may have ended it.",
    });
  }
  return problemOf(code, "isolated modules failed to start", {
    remedy:
      code === "LIGAND_REMOTE_TIMEOUT" ? "Look for what they are waiting for, or raise `startTimeoutMs`." : remedy,
    cause: error,
  });
}
