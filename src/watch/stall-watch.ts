import { Board } from "./board.js";
import type { NamedCallback, Seen, WatchReport } from "./messages.js";
import { blockingLine, killLine, type Line } from "./stall-line.js";
import { Steadiness } from "./steadiness.js";

/** Imports and constructors may take longer than a callback before anything is logged. */
const STARTING_BLOCKED_MS = 5000;
/** How often a continuing stall is logged again. */
const AGAIN_MS = 60_000;
/** A look pauses the main thread for 40 to 150 ms, so it isn't repeated for a module that blocks over and over. */
const LOOK_EVERY_MS = 30_000;
/** How long a look may take before the line is written without its result. */
const LOOK_MS = 2000;

/** The effects of a {@link StallWatch}. */
export interface StallActions {
  /** Pauses the main thread and looks. Calls back with what it saw, later or never. */
  readonly look: (isOver: () => boolean, done: (seen: Seen) => void) => void;
  readonly write: (line: Line) => void;
  readonly report: (report: WatchReport) => void;
  /** Ends the process. @param line says why */
  readonly end: (line: Line) => void;
  /** The callback with a number. */
  readonly callback: (number: number) => NamedCallback | undefined;
}

/** Follows one thread by its heartbeat: logs what blocks it while it does, and ends the process at the limit. */
export class StallWatch {
  readonly #beats = new Steadiness();
  #seen: Seen = {};
  /** When the next line is due, in milliseconds of this stall; the line waits for a look until `#lookUntil`. */
  #nextLine = 0;
  #lookUntil: number | undefined;
  #sinceLook = Infinity;
  #stall = 0;
  #isEnded = false;

  constructor(
    private readonly board: Int32Array,
    private readonly actions: StallActions,
  ) {}

  /** Whether the current stall has been logged, or is about to be. */
  get isSaid(): boolean {
    return this.#nextLine > 0 || this.#lookUntil !== undefined;
  }

  /**
   * @param callback the number of the callback that's running
   * @param elapsedMs since the previous round
   */
  round(callback: number, elapsedMs: number): void {
    this.#sinceLook += elapsedMs;
    if (this.board[Board.DEBUGGED]) return this.#end(undefined);
    const lasted = this.#beats.look([this.board[Board.BEATS]!], elapsedMs);
    if (lasted !== undefined) return this.#end(lasted);
    const { ms } = this.#beats;
    if (this.#lookUntil !== undefined && ms >= this.#lookUntil) this.#write();
    this.#sayAt(ms, callback);
    this.#endAt(ms, callback);
  }

  #sayAt(ms: number, callback: number): void {
    const isStarting = this.board[Board.STARTING]! > 0;
    const blockedMs = this.board[Board.BLOCKED_MS]!;
    if (blockedMs === 0 || this.#lookUntil !== undefined) return;
    if (ms < Math.max(isStarting ? Math.max(blockedMs, STARTING_BLOCKED_MS) : blockedMs, this.#nextLine)) return;
    this.#seen = { ...this.#seen, ...this.#named(callback) };
    if (this.#sinceLook < LOOK_EVERY_MS) return this.#write();
    this.#lookUntil = ms + LOOK_MS;
    this.#sinceLook = 0;
    const stall = ++this.#stall;
    const beats = this.board[Board.BEATS]!;
    const isOver = () => this.board[Board.BEATS] !== beats;
    this.actions.look(isOver, (seen) => {
      if (stall !== this.#stall || isOver()) return;
      this.#seen = { ...this.#seen, ...seen };
      if (this.#lookUntil !== undefined) this.#write();
    });
  }

  #endAt(ms: number, callback: number): void {
    const limitMs = this.board[this.board[Board.STARTING]! > 0 ? Board.START_LIMIT_MS : Board.LIMIT_MS]!;
    if (limitMs === 0 || ms < limitMs || this.#isEnded) return;
    this.#isEnded = true;
    this.actions.end(killLine({ ...this.#named(callback), ...this.#seen }, ms));
  }

  #write(): void {
    const { ms } = this.#beats;
    this.#lookUntil = undefined;
    this.#nextLine = ms + AGAIN_MS;
    this.actions.write(blockingLine(this.#seen, ms));
  }

  #end(lastedMs: number | undefined): void {
    if (lastedMs !== undefined && this.isSaid) {
      this.actions.report({ kind: "freed", ms: lastedMs, seen: this.#seen });
    }
    this.#stall++;
    this.#seen = {};
    this.#nextLine = 0;
    this.#lookUntil = undefined;
  }

  #named(number: number): Seen {
    const callback = this.actions.callback(number);
    return callback ? { callback, module: callback.module } : {};
  }
}
