import type { Logger } from "winston";
import { LigandError } from "../../errors/ligand-error.js";
import { messageWithCauses, problemOf, type Problem } from "../../errors/problem.js";
import { StartError } from "../../errors/start-error.js";
import { REAL_RUNTIME, type Runtime } from "../wire/runtime.js";
import type { ModuleProcess, ProcessLink } from "./module-process.js";
import type { ProcessNames } from "./process-names.js";
import { HealthRecord, type RemoteHealth } from "./remote-health.js";
import { ENDS_BEFORE_FAILURE, Restarts, RESTART_TIMES, type RestartTimes } from "./restarts.js";

/** A process that runs modules, as far as its replacement needs it. */
export type ReplaceableProcess = Pick<
  ModuleProcess,
  "link" | "watch" | "ended" | "written" | "killedBecause" | "kill" | "stop"
>;

/** Which processes are replaced, and when. */
export interface SupervisedProcessOptions {
  readonly names: ProcessNames;
  readonly newProcess: () => ReplaceableProcess;
  readonly logger: Logger;
  readonly restartTimes?: RestartTimes | undefined;
  readonly runtime?: Runtime | undefined;
}

/** A process of modules that is replaced when it ends: one process after the other. */
export class SupervisedProcess {
  readonly #options: SupervisedProcessOptions;
  readonly #restartTimes: RestartTimes;
  readonly #runtime: Runtime;
  readonly #health: HealthRecord;
  readonly #restarts: Restarts;
  readonly #stopping = new AbortController();
  #process: ReplaceableProcess | undefined;

  constructor(options: SupervisedProcessOptions) {
    const { restartTimes = RESTART_TIMES, runtime = REAL_RUNTIME } = options;
    this.#options = options;
    this.#restartTimes = restartTimes;
    this.#runtime = runtime;
    this.#health = new HealthRecord("starting", runtime);
    this.#restarts = new Restarts(restartTimes);
  }

  get health(): RemoteHealth {
    return this.#health.now;
  }

  /** Starts the process, which isn't replaced before it's supervised. */
  begin(): void {
    this.#health.become("starting");
    this.#process = this.#options.newProcess();
  }

  /** The current connection. @throws {LigandError} `LIGAND_REMOTE_LOST` while there is none. */
  get link(): ProcessLink {
    const link = this.#process?.link;
    if (link) return link;
    throw new LigandError("LIGAND_REMOTE_LOST", `${this.#options.names.process} isn't running`);
  }

  /** The connection to modules that run. @throws {LigandError} `LIGAND_REMOTE_LOST` while they don't. */
  get running(): ProcessLink {
    if (this.#health.now.state === "running") return this.link;
    throw new LigandError("LIGAND_REMOTE_LOST", `${this.#options.names.process} isn't running`);
  }

  /** Its modules run: from now on it's watched, and replaced when it ends. @param restart starts them in the next process */
  supervise(restart: () => Promise<void>): void {
    const process = this.#process!;
    this.#health.become("running");
    process.watch();
    void process.ended.then((end) => this.#ended(process, end, restart));
  }

  /** Kills it now: it's replaced, if it's supervised. */
  kill(why: string): void {
    this.#process?.kill(why);
  }

  /** Why its modules don't start, unless they said so themselves. */
  async startError(error: unknown): Promise<StartError> {
    if (error instanceof StartError) return error;
    const { names } = this.#options;
    const { code, remedy } = error instanceof LigandError ? error : new LigandError("LIGAND_START_FAILED", "");
    const process = this.#process;
    if (code === "LIGAND_REMOTE_LOST" && process) {
      const message = `${names.process} exited with ${await process.ended} before its modules had started`;
      return startError(
        problemOf("LIGAND_START_FAILED", [message, ...process.written].join("\n"), {
          remedy: "Read the output of the process; a module may have ended it.",
        }),
      );
    }
    // What doesn't answer wouldn't stop when it's asked to.
    if (code === "LIGAND_REMOTE_TIMEOUT") process?.kill("it's blocked");
    return startError(
      problemOf(code, `${names.modules} failed to start`, {
        remedy:
          code === "LIGAND_REMOTE_TIMEOUT"
            ? "Look for a loop that never ends, at the top level or in a constructor, or raise `startTimeoutMs`."
            : remedy,
        cause: error,
      }),
    );
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop();
    this.#health.become("stopped");
  }

  async #ended(process: ReplaceableProcess, end: string, restart: () => Promise<void>): Promise<void> {
    if (this.#isStopping) return;
    const { names, logger } = this.#options;
    const where = process.written.length > 0 ? "; its output is in the warnings above" : "";
    logger.error(`${names.process} exited with ${end}${where}`);
    let reason = process.killedBecause ?? end;
    while (await this.#pause(reason)) {
      try {
        this.begin();
        await restart();
      } catch (error) {
        if (this.#isStopping) return;
        reason = messageWithCauses(await this.startError(error));
        // It may run without modules that can be called.
        await this.#process?.stop();
        logger.error(`${names.modules} failed to start: ${reason}`);
        continue;
      }
      if (this.#isStopping) return;
      const restarts = this.#health.now.restarts + 1;
      this.#health.become("running", { restarts });
      this.supervise(restart);
      logger.info(`restarted ${names.modules}`);
      return;
    }
  }

  /** Waits before the next start. @returns false when the modules are to stop */
  async #pause(reason: string): Promise<boolean> {
    const { pauseMs, isFailed } = this.#restarts.ended(this.#runtime.now());
    this.#health.become(isFailed ? "failed" : "restarting", { lastEnd: { at: this.#runtime.date(), reason } });
    if (isFailed) {
      const { names, logger } = this.#options;
      const { windowMs, failedPauseMs } = this.#restartTimes;
      logger.error(
        `${names.process} has failed: ${ENDS_BEFORE_FAILURE} ends within ${secondsOf(windowMs)}. ` +
          `Hooks follow their failure policies; the next start is in ${secondsOf(failedPauseMs)}`,
      );
    }
    await this.#runtime.pause(pauseMs, this.#stopping.signal).catch(() => undefined);
    return !this.#isStopping;
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}

function startError(problem: Problem): StartError {
  return new StartError([problem]);
}

function secondsOf(ms: number): string {
  return ms >= 60_000 ? `${Math.round(ms / 60_000)} min` : `${ms / 1000} s`;
}
