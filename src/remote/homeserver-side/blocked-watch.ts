import type { Logger } from "winston";
import { shortName } from "../../watch/stall-line.js";
import { BEAT_MS, MOST_PENDING, type MarkedCall, type MarksFile } from "../wire/process-marks.js";

/** A process is reported as blocked after this many looks without a beat; by then a block has lasted a second. */
const NAMED_AFTER = 8;
/** A process that took more memory than it may have for so many looks in a row is killed: after five seconds. */
const LOOKS_OVER_MEMORY = 50;
/** How many of the suspected callbacks are named. */
const PENDING_NAMED = 10;

/** What to watch, and what may be done about it. */
export interface BlockedWatchOptions {
  readonly marks: MarksFile;
  /** Whether the process hasn't answered a call yet, by its number. */
  readonly isAwaited: (call: number) => boolean;
  /** How the log names the process. */
  readonly process: string;
  readonly logger: Logger;
  /** How long the process may be blocked, in milliseconds. */
  readonly limitMs: number;
  /** The most resident memory, in bytes; without it, any. */
  readonly memoryBytes?: number | undefined;
  /** Called when it was blocked for longer, or took too much memory. @param why for the log, such as `A.check (H) blocked it for 10.0 s` */
  readonly kill: (why: string) => void;
}

/**
 * Checks that the event loop of a child process runs, and how much memory it takes; names the callback that blocks it, and
 * finally has it killed.
 * It counts looks instead of reading the clock: while the machine is suspended, or this process is blocked, there are no
 * looks, and the child isn't blamed. While a debugger is attached, someone may have paused the child.
 */
export class BlockedWatch {
  #beats = -1;
  #missed = 0;
  #looksOverMemory = 0;
  #blame: Blame | undefined;
  #isKilled = false;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly options: BlockedWatchOptions) {
    this.#timer = setInterval(() => this.#look(), BEAT_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { marks, process, limitMs, logger } = this.options;
    const { beats, isDebugged, residentBytes } = marks.head();
    this.#checkMemory(residentBytes);
    if (beats !== this.#beats) {
      if (this.#blame) {
        const { who, meta } = this.#blame;
        logger.warn(`${who} blocked ${process} for ${this.#seconds()}${requestOf(meta)}`, meta);
      }
      this.#beats = beats;
      this.#missed = 0;
      this.#blame = undefined;
      return;
    }
    this.#missed++;
    if (this.#missed === NAMED_AFTER) this.#name();
    if (this.#missed * BEAT_MS < limitMs || this.#isKilled || isDebugged) return;
    this.#isKilled = true;
    this.options.kill(`${(this.#blame ?? blameFor(this.options)).who} blocked it for ${this.#seconds()}`);
  }

  /** A peak passes: what counts is what stays. */
  #checkMemory(residentBytes: number): void {
    const { memoryBytes } = this.options;
    if (memoryBytes === undefined || this.#isKilled) return;
    this.#looksOverMemory = residentBytes > memoryBytes ? this.#looksOverMemory + 1 : 0;
    if (this.#looksOverMemory < LOOKS_OVER_MEMORY) return;
    this.#isKilled = true;
    this.options.kill(`it took ${mebibytes(residentBytes)} of memory, more than ${mebibytes(memoryBytes)}`);
  }

  #name(): void {
    const { process, logger } = this.options;
    const { who, meta } = (this.#blame = blameFor(this.options));
    logger.warn(`${who} has blocked ${process} for ${this.#seconds()}${requestOf(meta)}`, meta);
  }

  #seconds(): string {
    return `${((this.#missed * BEAT_MS) / 1000).toFixed(1)} s`;
  }
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

/** Who blocks the process, in words and as data of a log line. */
interface Blame {
  readonly who: string;
  readonly meta: Partial<MarkedCall>;
}

/** The running callback; or those that may have continued after an `await`, which leaves no note. */
function blameFor({ marks, isAwaited }: BlockedWatchOptions): Blame {
  const { running, pending } = marks.calls(isAwaited);
  if (running) return { who: nameOf(running), meta: running };
  const [only] = pending;
  if (!only) return { who: "Code outside any callback, such as a timer or a web resource,", meta: {} };
  if (pending.length === 1) return { who: `Probably ${nameOf(only)}, the only pending callback,`, meta: only };
  const named = pending
    .slice(0, PENDING_NAMED)
    .map((call) => `${nameOf(call)}${call.requestId === undefined ? "" : ` of ${call.requestId}`}`);
  const more = pending.length > PENDING_NAMED ? `, and ${pending.length - PENDING_NAMED} more` : "";
  const atLeast = pending.length === MOST_PENDING ? "at least " : "";
  return { who: `One of ${atLeast}${pending.length} pending callbacks (${named.join(", ")}${more})`, meta: {} };
}

function nameOf({ callback, hook }: MarkedCall): string {
  return `${callback} (${shortName(hook)})`;
}

function requestOf({ requestId }: Blame["meta"]): string {
  return requestId === undefined ? "" : `; request ${requestId}`;
}
