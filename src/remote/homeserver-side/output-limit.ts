/** How much a process of modules may write to the log per second: whichever is reached first. */
export const BYTES_PER_SECOND = 1024 * 1024;
export const LINES_PER_SECOND = 5000;

/** Accepts a second's worth of output, and then reports how much was dropped. */
export class OutputLimit {
  #timer: NodeJS.Timeout | undefined;
  #lines = 0;
  #bytes = 0;
  #lostLines = 0;
  #lostBytes = 0;

  /**
   * @param leftOut called at the end of a second in which lines were dropped, with their number and size
   * @param secondMs how long a second is; longer in tests on a busy machine.
   */
  constructor(
    private readonly leftOut: (lines: number, bytes: number) => void,
    private readonly secondMs = 1000,
  ) {}

  /** Whether a line of this size may be written. */
  lets(bytes: number): boolean {
    // The second starts with its first line: without output there is no timer.
    this.#timer ??= setTimeout(() => this.end(), this.secondMs).unref();
    if (this.#lines < LINES_PER_SECOND && this.#bytes + bytes <= BYTES_PER_SECOND) {
      this.#lines++;
      this.#bytes += bytes;
      return true;
    }
    this.#lostLines++;
    this.#lostBytes += bytes;
    return false;
  }

  /** Ends the second, for example when the output ends. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [lines, bytes] = [this.#lostLines, this.#lostBytes];
    this.#lines = this.#bytes = this.#lostLines = this.#lostBytes = 0;
    if (lines > 0) this.leftOut(lines, bytes);
  }
}
