import type { Timer } from "./clock.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/** Options of a background call. @public */
export interface BackgroundCallOptions {
  /** The name in logs and metrics; the function's name by default. */
  readonly desc?: string;
}

/** Options of a looping background call. @public */
export interface LoopingCallOptions extends BackgroundCallOptions {
  /** Whether it also runs in processes that don't run background tasks; false by default. */
  readonly runOnAllInstances?: boolean;
}

/** A function that a worker thread runs: an export of an ES module. Closures can't cross threads. @public */
export interface ThreadTask {
  /** The `file:` URL of the module, such as `new URL("./hash.js", import.meta.url)`. */
  readonly module: URL | string;
  /** The name of the export; the default export when absent. */
  readonly name?: string;
}

/** A pool of worker threads, such as one of the package `piscina`. @public */
export interface ThreadPool {
  run(argument: unknown, options: { filename: string; name?: string }): Promise<unknown>;
}

/** Runs work outside of requests. Errors of background work are logged and go nowhere else. @public */
export abstract class Scheduler {
  static readonly declaration: ServiceDeclaration<Scheduler> = {
    runsIn: "module",
    methods: {
      loopingBackgroundCall: { does: "own", returns: "public" },
      delayedBackgroundCall: { does: "own", returns: "public" },
      runAsBackgroundProcess: { does: "own", returns: "body" },
      deferToThread: { does: "own", returns: "body" },
      deferToThreadpool: { does: "own", returns: "body" },
      shutdown: { does: "own", returns: "nothing" },
    },
  };

  /**
   * Calls a function repeatedly: first after one interval, then whenever an interval has passed, counted from the
   * start. Calls never overlap: one that takes longer than the interval skips the ticks it misses, and one that hangs is
   * logged. The loop ends at shutdown, or when you cancel it. In a process that doesn't run background tasks it only logs
   * a warning. (`looping_background_call`, 1.39.)
   *
   * @throws {LigandError} `LIGAND_HOST_STOPPED` after shutdown; `LIGAND_ARGUMENT_INVALID` unless `ms` is positive.
   */
  abstract loopingBackgroundCall(f: () => unknown, ms: number, options?: LoopingCallOptions): Timer;

  /**
   * Calls a function once, after some milliseconds, in this process. It doesn't survive a restart.
   * (`delayed_background_call`, 1.90.)
   *
   * @throws {LigandError} `LIGAND_HOST_STOPPED` after shutdown; `LIGAND_ARGUMENT_INVALID` when `ms` is negative.
   */
  abstract delayedBackgroundCall(ms: number, f: () => unknown, options?: BackgroundCallOptions): Timer;

  /**
   * Runs a function now, as background work. The promise never rejects: it resolves with the result, or with `undefined`
   * if the function failed, which is logged. (`run_as_background_process`, 1.136.)
   *
   * @throws {LigandError} `LIGAND_HOST_STOPPED` after shutdown.
   */
  abstract runAsBackgroundProcess<T>(desc: string, f: () => T | Promise<T>): Promise<T | undefined>;

  /**
   * Runs a function with one argument on a worker thread of the host's own pool. Argument and result are copied;
   * errors are rethrown here. (`defer_to_thread`, 1.49.)
   *
   * @throws {LigandError} `LIGAND_PACKAGE_MISSING` when the host has no pool and `piscina` isn't installed.
   */
  abstract deferToThread<T>(task: ThreadTask, argument?: unknown): Promise<T>;

  /** Runs a function on a worker thread of the caller's pool. (`defer_to_threadpool`, 1.140.) */
  abstract deferToThreadpool<T>(pool: ThreadPool, task: ThreadTask, argument?: unknown): Promise<T>;

  /** Stops all timers, and resolves once running work has finished. The host calls it in `host.stop()`. */
  abstract shutdown(): Promise<void>;
}
