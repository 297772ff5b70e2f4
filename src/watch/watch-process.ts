import { url as debuggerUrl } from "node:inspector";
import { Worker } from "node:worker_threads";
import type { Logger } from "winston";
import { NUMBERED, RUNNING } from "../dispatch/running-callback.js";
import type { LogFormat, LogLevel } from "../logging/log-levels.js";
import { moduleLogger } from "../logging/module-logger.js";
import type { Frame } from "../errors/error-place.js";
import { WATCH_THREAD } from "../package.js";
import { outsideRequests } from "../services/outside-requests.js";
import { Board, BOARD_LENGTH } from "./board.js";
import type { CallbackNames, Starter, WatchReport, WatchThreadData } from "./messages.js";
import { actAtLimit, answerLooks } from "./seen-here.js";
import { freedLine, shortName } from "./stall-line.js";

const BEAT_MS = 100;
/** How long the thread is kept for the next host. */
const IDLE_MS = 10_000;

/** What to watch for, and whom to notify. */
export interface WatchOptions {
  /** Where events are logged once the main thread is free again. */
  readonly logger?: Logger;
  /** A callback that blocks the process for this many milliseconds is logged; 0 for never. */
  readonly slowStepMs: number;
  /** Whatever blocks the process for this many milliseconds is logged while it does; 0 for never. */
  readonly blockedMs: number;
  /** After how many milliseconds a blocked process is killed, normally and while modules start; 0 for never. */
  readonly limitMs?: number;
  readonly startLimitMs?: number;
  /**
   * Called on this thread at the limit, in the middle of what blocks it, to end the process. Where that can't be
   * interrupted, as a system call can't, the process is killed. The first watch of a process decides.
   *
   * @param frame what blocks it, if that's no code of Ligand
   */
  readonly atLimit?: (frame: Frame | undefined) => void;
  /** How lines on standard error look. The first watch of a process decides for all. */
  readonly format?: LogFormat;
  readonly level?: LogLevel;
  /** The process that this one must not outlive by more than two seconds. The first watch of a process decides. */
  readonly starter?: Starter;
  /** Called once that process is gone, with how it was noticed. */
  readonly orphaned?: (why: string) => void;
}

/** A host's share in the watch over its process. */
export interface Watch {
  /** Whether another thread is watching. */
  readonly isThere: boolean;
  /** Call it when modules begin to start. Calling it again is harmless; the same goes for {@link started}. */
  starting(): void;
  started(): void;
  /** Ends this host's share. Calling it again is harmless. */
  end(): void;
}

/**
 * Makes another thread watch the main thread of this process, for as long as any host wants it. Returns before the
 * thread is up.
 */
export function watchProcess(options: WatchOptions): Watch {
  const { permission } = process as { permission?: unknown };
  // Under the permission model the inspector aborts the process, and a worker would be a hole in the model.
  if (permission !== undefined) return unwatched(options, "Node's permission model is on");
  if (WATCH_THREAD === undefined) return unwatched(options, "a bundle doesn't contain the thread that would");
  const program = WATCH_THREAD;
  thread ??= outsideRequests(() => new WatchThread(options, program));
  return thread.add(options);
}

let thread: WatchThread | undefined;
let isSaid = false;

function unwatched({ logger }: WatchOptions, why: string): Watch {
  if (!isSaid) logger?.debug(`Not watching for callbacks that block this process: ${why}`);
  isSaid ||= logger !== undefined;
  return { isThere: false, starting() {}, started() {}, end() {} };
}

class WatchThread {
  readonly #board = new Int32Array(new SharedArrayBuffer(BOARD_LENGTH * Int32Array.BYTES_PER_ELEMENT));
  readonly #worker: Worker;
  readonly #beat: NodeJS.Timeout;
  readonly #watches = new Set<WatchOptions>();
  #idle: NodeJS.Timeout | undefined;
  #named = 0;

  constructor({ format = "pretty", level = "warn", starter, atLimit }: WatchOptions, program: string) {
    answerLooks();
    if (atLimit) actAtLimit(atLimit);
    const isMeasured = (process.env["NODE_V8_COVERAGE"] ?? "") !== "";
    const printing = { format, level, isMeasured };
    const endsItself = atLimit !== undefined;
    const workerData: WatchThreadData = { running: RUNNING, board: this.#board, ...printing, starter, endsItself };
    this.#worker = new Worker(program, {
      workerData,
      name: "ligand-watch",
      // Little is used while nothing happens. A look announces every script of the process; 8 MB were too few for that on Node 24.
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64 },
      // The program's own flags and preloads are for the program.
      execArgv: [],
      env: {},
    });
    this.#worker.on("message", (report: WatchReport) => this.#reported(report));
    this.#worker.on("error", (error) => this.#failed(error));
    this.#worker.unref();
    this.#beat = setInterval(() => this.#sign(), BEAT_MS).unref();
  }

  add(options: WatchOptions): Watch {
    clearTimeout(this.#idle);
    this.#watches.add(options);
    this.#setLimits();
    // What ran until here isn't measured, and a breakpoint before the first beat is noticed.
    this.#sign();
    let isStarting = false;
    const starting = (now: boolean) => {
      if (isStarting === now) return;
      // Before the removal: what ran until here was measured against the limit that ends here.
      this.#sign();
      this.#board[Board.STARTING]! += now ? 1 : -1;
      isStarting = now;
    };
    return {
      isThere: true,
      starting: () => starting(true),
      started: () => starting(false),
      end: () => {
        starting(false);
        this.#remove(options);
      },
    };
  }

  #remove(options: WatchOptions): void {
    if (!this.#watches.delete(options)) return;
    this.#setLimits();
    if (this.#watches.size > 0) return;
    this.#idle = outsideRequests(() => setTimeout(() => this.#end(), IDLE_MS).unref());
  }

  #setLimits(): void {
    const watches = [...this.#watches];
    const least = (limits: readonly (number | undefined)[]) => {
      const set = limits.filter((ms) => ms !== undefined && ms > 0) as number[];
      return set.length > 0 ? Math.min(...set, 2 ** 31 - 1) : 0;
    };
    this.#board[Board.SLOW_MS] = least(watches.map(({ slowStepMs }) => slowStepMs));
    this.#board[Board.BLOCKED_MS] = least(watches.map(({ blockedMs }) => blockedMs));
    this.#board[Board.LIMIT_MS] = least(watches.map(({ limitMs }) => limitMs));
    this.#board[Board.START_LIMIT_MS] = least(watches.map(({ startLimitMs }) => startLimitMs));
  }

  #sign(): void {
    this.#board[Board.BEATS]!++;
    // Someone may be at a breakpoint.
    this.#board[Board.DEBUGGED] = debuggerUrl() === undefined ? 0 : 1;
    this.#tellNames();
  }

  #tellNames(): void {
    if (this.#named === NUMBERED.changes) return;
    this.#named = NUMBERED.changes;
    const names = Array.from(NUMBERED.callbacks, ([number, { log: _, ...name }]) => [number, name] as const);
    this.#worker.postMessage(new Map(names) satisfies CallbackNames);
  }

  #reported(report: WatchReport): void {
    const watches = [...this.#watches];
    if (report.kind === "orphaned") return watches.forEach(({ orphaned }) => orphaned?.(report.why));
    if (report.kind === "slow") return logSlow(report.callback, report.ms);
    const { module, ...line } = freedLine(report.seen, report.ms);
    const logger = watches.find(({ logger }) => logger)?.logger;
    if (logger) (typeof module === "string" ? moduleLogger(logger, { id: module }) : logger).log(line);
  }

  #failed(error: Error): void {
    for (const { logger } of this.#watches) {
      logger?.warn(`The thread that watches for blocked callbacks ended: ${error.message}`, { error });
    }
    this.#end();
  }

  #end(): void {
    clearInterval(this.#beat);
    void this.#worker.terminate();
    if (thread === this) thread = undefined;
  }
}

function logSlow(number: number, ms: number): void {
  const callback = NUMBERED.callbacks.get(number);
  if (!callback) return;
  const { name, hook, log } = callback;
  log.warn(`${name} (${shortName(hook)}) kept the process busy for ${Math.round(ms)} ms`, { hook, callback: name });
}
