import type { Logger } from "winston";
import { shortName } from "../../watch/stall-line.js";
import { BEAT_MS, MOST_PENDING, type MarkedCall, type MarksFile } from "../wire/process-marks.js";

/** After how many looks without a beat a process is named as blocked: a block of a second has been by then. */
const NAMED_AFTER = 8;
const PROCESS = "the process of isolated modules";
/** How many of the callbacks that may be to blame are named. */
const PENDING_NAMED = 10;

/** What a watch is of, and what it may do. */
export interface BlockedWatchOptions {
  readonly marks: MarksFile;
  readonly logger: Logger;
  /** For how long the process may be blocked, in milliseconds. */
  readonly limitMs: number;
  /** Called when it was blocked for longer. @param why for the log, such as `A.check (H) blocked it for 10.0 s`. */
  readonly kill: (why: string) => void;
}

/**
 * Looks whether the event loop of a child process runs; names the callback that blocks it, and has it killed in the end.
 * Looks are counted, and not the clock: while the machine is suspended, or this process is blocked, no look is taken, and the
 * child is not to blame. While a debugger is attached, a person may have stopped the child.
 */
export class BlockedWatch {
  #beats = -1;
  #missed = 0;
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
    const { marks, limitMs, logger } = this.options;
    const { beats, isDebugged } = marks.head();
    if (beats !== this.#beats) {
      if (this.#blame) {
        const { who, meta } = this.#blame;
        logger.warn(`${who} blocked ${PROCESS} for ${this.#seconds()}${requestOf(meta)}`, meta);
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
    this.options.kill(`${(this.#blame ?? blameFor(marks)).who} blocked it for ${this.#seconds()}`);
  }

  #name(): void {
    const { marks, logger } = this.options;
    const { who, meta } = (this.#blame = blameFor(marks));
    logger.warn(`${who} has blocked ${PROCESS} for ${this.#seconds()}${requestOf(meta)}`, meta);
  }

  #seconds(): string {
    return `${((this.#missed * BEAT_MS) / 1000).toFixed(1)} s`;
  }
}

/** Who blocks the process, in words and as data of a log line. */
interface Blame {
  readonly who: string;
  readonly meta: Partial<MarkedCall>;
}

/** The callback that runs; or those that may have gone on after an `await`, which leaves no note. */
function blameFor(marks: MarksFile): Blame {
  const { running, pending } = marks.calls();
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
