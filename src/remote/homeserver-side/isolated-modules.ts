import type { Logger } from "winston";
import { LigandError } from "../../errors/ligand-error.js";
import { messageWithCauses } from "../../errors/problem.js";
import type { ModulesInfo } from "../wire/protocol.js";
import { REAL_RUNTIME, type Runtime } from "../wire/runtime.js";
import type { Link } from "./link.js";
import type { ModuleProcess } from "./module-process.js";
import { HealthRecord } from "./remote-health.js";
import type { LostCall } from "./remote-hooks.js";
import { hostOf, type RemoteHost } from "./remote-host.js";
import { ENDS_BEFORE_FAILURE, Restarts, RESTART_TIMES, type RestartTimes } from "./restarts.js";

/** How often, for each hook, it's logged that its modules aren't running. */
const MS_BETWEEN_LOSSES = 60_000;

/** A process that runs modules, as far as its replacement needs it. */
export type ReplaceableProcess = Pick<
  ModuleProcess,
  "open" | "link" | "ended" | "hasWritten" | "killedBecause" | "kill" | "stop"
>;

/** Which processes are replaced, and when. */
export interface IsolatedModulesOptions {
  readonly newProcess: () => ReplaceableProcess;
  readonly logger: Logger;
  readonly restartTimes?: RestartTimes | undefined;
  readonly runtime?: Runtime;
}

/** Modules in a process that is replaced when it ends: one process after the other. */
export class IsolatedModules {
  readonly #newProcess: () => ReplaceableProcess;
  readonly #logger: Logger;
  readonly #restartTimes: RestartTimes;
  readonly #runtime: Runtime;
  readonly #health: HealthRecord;
  readonly #restarts: Restarts;
  readonly #stopping = new AbortController();
  readonly #lossesSaid = new Map<string, number>();
  #process: ReplaceableProcess | undefined;
  #info: ModulesInfo | undefined;

  constructor(options: IsolatedModulesOptions) {
    const { newProcess, logger, restartTimes = RESTART_TIMES, runtime = REAL_RUNTIME } = options;
    this.#newProcess = newProcess;
    this.#logger = logger;
    this.#restartTimes = restartTimes;
    this.#runtime = runtime;
    this.#health = new HealthRecord("starting", runtime);
    this.#restarts = new Restarts(restartTimes);
  }

  host(callTimeoutMs: number): RemoteHost {
    return hostOf({
      info: this.#info!,
      link: () => this.#current(),
      timeoutMs: callTimeoutMs,
      onLoss: (error, call) => this.#lost(error, call),
      onNonsense: (error) => this.#process?.kill(messageWithCauses(error)),
      health: () => this.#health.now,
      stop: () => this.#stop(),
    });
  }

  /** @throws {StartError} when the modules don't start. */
  async start(): Promise<void> {
    this.#health.become("starting");
    // Stored before it has started, so that `stop` can stop it.
    const process = (this.#process = this.#newProcess());
    // Known even if the connection is lost again in this very moment.
    this.#info = await process.open();
    this.#health.become("running");
    void process.ended.then((end) => this.#ended(process, end));
  }

  async #ended(process: ReplaceableProcess, end: string): Promise<void> {
    if (this.#isStopping) return;
    const where = process.hasWritten ? "; its output is in the warnings above" : "";
    this.#logger.error(`the process of isolated modules exited with ${end}${where}`);
    let reason = process.killedBecause ?? end;
    while (await this.#pause(reason)) {
      try {
        await this.start();
      } catch (error) {
        if (this.#isStopping) return;
        reason = messageWithCauses(error);
        this.#logger.error(`isolated modules failed to start: ${reason}`);
        continue;
      }
      this.#health.become("running", { restarts: this.#health.now.restarts + 1 });
      this.#logger.info("isolated modules are running again");
      return;
    }
  }

  /** Waits before the next start. @returns false when the modules are to stop */
  async #pause(reason: string): Promise<boolean> {
    const { pauseMs, isFailed } = this.#restarts.ended(this.#runtime.now());
    this.#health.become(isFailed ? "failed" : "restarting", { lastEnd: { at: this.#runtime.date(), reason } });
    if (isFailed) {
      const { windowMs, failedPauseMs } = this.#restartTimes;
      this.#logger.error(
        `Isolated modules have failed: ${ENDS_BEFORE_FAILURE} ends within ${secondsOf(windowMs)}. ` +
          `Hooks follow their failure policies; the next start is in ${secondsOf(failedPauseMs)}`,
      );
    }
    await this.#runtime.pause(pauseMs, this.#stopping.signal).catch(() => undefined);
    return !this.#isStopping;
  }

  #current(): Link {
    const link = this.#process?.link;
    if (link) return link;
    throw new LigandError("LIGAND_REMOTE_LOST", "the process of isolated modules isn't running");
  }

  #lost(error: LigandError, { modules, ...meta }: LostCall): void {
    const asked = modules.length > 0 ? `isolated modules ${modules.join(", ")}` : "isolated modules";
    this.#logger[this.#levelOf(error, meta.hook)](`${asked}: ${error.message}`, meta);
  }

  /** Late calls are rare; without a process they fail by the thousand. */
  #levelOf(error: LigandError, hook: string): "error" | "debug" {
    if (error.code === "LIGAND_REMOTE_TIMEOUT") return "error";
    const now = this.#runtime.now();
    const until = this.#lossesSaid.get(`${error.code} ${hook}`) ?? now;
    if (now < until) return "debug";
    this.#lossesSaid.set(`${error.code} ${hook}`, now + MS_BETWEEN_LOSSES);
    return "error";
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop();
    this.#health.become("stopped");
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}

function secondsOf(ms: number): string {
  return ms >= 60_000 ? `${Math.round(ms / 60_000)} min` : `${ms / 1000} s`;
}
