import { Board } from "./board.js";
import { Steadiness } from "./steadiness.js";

/** Notices callbacks that block the thread for long, by their number alone: dispatch reads no clock for it. */
export class SlowSteps {
  readonly #steps = new Steadiness();
  #callback = 0;

  constructor(
    private readonly board: Int32Array,
    private readonly slow: (callback: number, ms: number) => void,
  ) {}

  /**
   * @param callback the number of the callback that's running
   * @param steps grows with each dispatch, and with each callback after an awaited promise
   * @param isSaid whether the block is already reported in another way
   */
  round(callback: number, steps: number, elapsedMs: number, isSaid: boolean): void {
    const lasted = this.#steps.look([callback, steps], elapsedMs);
    if (lasted === undefined) return;
    const slowMs = this.board[Board.SLOW_MS]!;
    if (this.#callback !== 0 && slowMs > 0 && lasted >= slowMs && !isSaid) this.slow(this.#callback, lasted);
    this.#callback = callback;
  }
}
