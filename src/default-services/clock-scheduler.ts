import type { Logger } from "winston";
import { caught } from "../errors/caught.js";
import { LigandError } from "../errors/ligand-error.js";
import type { Clock, Timer } from "../services/clock.js";
import { outsideRequests } from "../services/outside-requests.js";
import {
  Scheduler,
  type BackgroundCallOptions,
  type LoopingCallOptions,
  type ThreadPool,
  type ThreadTask,
} from "../services/scheduler.js";
import { WorkerThreads } from "./worker-threads.js";

/** What a {@link ClockScheduler} needs. @public */
export interface ClockSchedulerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this process runs background tasks; true by default. */
  readonly shouldRunBackgroundTasks?: () => boolean;
  /** The pool of {@link Scheduler.deferToThread}; one of the package `piscina` by default. */
  readonly threadPool?: ThreadPool;
  /** A looping call that hasn't finished after this many milliseconds is logged; 60,000 by default. */
  readonly pendingLimitMs?: number;
  /** How long {@link Scheduler.shutdown} waits for running work, in milliseconds; 10,000 by default. */
  readonly shutdownGraceMs?: number;
}

/** A {@link Scheduler} on the timers of a {@link Clock}, so that a fake clock can drive it. @public */
export class ClockScheduler extends Scheduler {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #shouldRunBackgroundTasks: () => boolean;
  readonly #threads: WorkerThreads;
  readonly #pendingLimitMs: number;
  readonly #graceMs: number;
  readonly #timers = new Set<Timer>();
  readonly #running = new Map<Promise<unknown>, string>();
  #shutdown: Promise<void> | undefined;

  constructor(options: ClockSchedulerOptions) {
    super();
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#shouldRunBackgroundTasks = options.shouldRunBackgroundTasks ?? (() => true);
    this.#threads = new WorkerThreads(options.threadPool);
    this.#pendingLimitMs = options.pendingLimitMs ?? 60_000;
    this.#graceMs = options.shutdownGraceMs ?? 10_000;
  }

  loopingBackgroundCall(f: () => unknown, ms: number, options: LoopingCallOptions = {}): Timer {
    this.#checkRunning();
    if (!(Number.isFinite(ms) && ms > 0)) {
      throw invalid(`the interval of a looping call must be a positive number of milliseconds, but it's ${ms}`);
    }
    const desc = options.desc ?? nameOf(f);
    if (!options.runOnAllInstances && !this.#shouldRunBackgroundTasks()) {
      this.#logger.warn(
        `The looping call ${desc} doesn't run here: this process doesn't run background tasks. ` +
          "Use `runOnAllInstances` to run it in every process.",
      );
      return { cancel: () => {} };
    }
    const start = this.#clock.nowMs();
    let cancelled = false;
    let timer: Timer | undefined;
    const next = () => {
      if (cancelled || this.#shutdown) return;
      const elapsed = this.#clock.nowMs() - start;
      const ticks = Math.max(0, Math.floor(elapsed / ms)) + 1;
      timer = this.#setTimer(ticks * ms - elapsed, () => void this.#runWatched(desc, f).then(next));
    };
    // It continues when the request that started it is over.
    outsideRequests(next);
    return {
      cancel: () => {
        cancelled = true;
        timer?.cancel();
      },
    };
  }

  delayedBackgroundCall(ms: number, f: () => unknown, options: BackgroundCallOptions = {}): Timer {
    this.#checkRunning();
    if (!(Number.isFinite(ms) && ms >= 0)) {
      throw invalid(`the delay of a background call must be 0 or more milliseconds, but it's ${ms}`);
    }
    return this.#setTimer(ms, () => void this.#run(options.desc ?? nameOf(f), f));
  }

  runAsBackgroundProcess<T>(desc: string, f: () => T | Promise<T>): Promise<T | undefined> {
    this.#checkRunning();
    return this.#run(desc, f);
  }

  deferToThread<T>(task: ThreadTask, argument?: unknown): Promise<T> {
    this.#checkRunning();
    return this.#threads.run(task, argument);
  }

  deferToThreadpool<T>(pool: ThreadPool, task: ThreadTask, argument?: unknown): Promise<T> {
    return new WorkerThreads(pool).run(task, argument);
  }

  shutdown(): Promise<void> {
    return (this.#shutdown ??= this.#stop());
  }

  async #stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    await this.#settled();
    await this.#threads.close();
  }

  /** Waits for running work, but not forever: some of it may be waiting for this very shutdown. */
  async #settled(): Promise<void> {
    if (this.#running.size === 0) return;
    let grace: Timer | undefined;
    const over = new Promise<"over">((resolve) => {
      grace = this.#clock.setTimer(this.#graceMs, () => resolve("over"));
    });
    const outcome = await Promise.race([over, Promise.all(this.#running.keys())]);
    grace?.cancel();
    if (outcome === "over") {
      const names = [...this.#running.values()].join(", ");
      this.#logger.warn(`Background processes still running ${this.#graceMs} ms after the scheduler stopped: ${names}`);
    }
  }

  /** A hanging looping call isn't called again, and nothing awaits it: without a log line it would silently be missing. */
  async #runWatched(desc: string, f: () => unknown): Promise<void> {
    const overdue = this.#setTimer(this.#pendingLimitMs, () =>
      this.#logger.warn(
        `The looping call ${desc} hasn't finished after ${this.#pendingLimitMs} ms; it won't be called again until it has`,
      ),
    );
    await this.#run(desc, f);
    overdue.cancel();
  }

  #run<T>(desc: string, f: () => T | Promise<T>): Promise<T | undefined> {
    const run = this.#attempt(desc, f).finally(() => this.#running.delete(run));
    this.#running.set(run, desc);
    return run;
  }

  async #attempt<T>(desc: string, f: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await f();
    } catch (error) {
      this.#logger.error(`The background process ${desc} failed`, { error: caught(error) });
      return undefined;
    }
  }

  #setTimer(ms: number, callback: () => void): Timer {
    const inner = this.#clock.setTimer(ms, () => {
      this.#timers.delete(timer);
      callback();
    });
    const timer: Timer = {
      cancel: () => {
        this.#timers.delete(timer);
        inner.cancel();
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  #checkRunning(): void {
    if (this.#shutdown) throw new LigandError("LIGAND_HOST_STOPPED", "the scheduler was used after it was shut down");
  }
}

function nameOf(f: () => unknown): string {
  return f.name === "" ? "anonymous" : f.name;
}

function invalid(message: string): LigandError {
  return new LigandError("LIGAND_ARGUMENT_INVALID", message);
}
