import { write } from "node:fs";

/** Once this many lines are waiting, further lines are dropped. */
const MOST_WAITING = 20;

/**
 * Lines on standard error, written directly: a worker's stream goes through the main thread, which is blocked. Never
 * waits: if the pipe is full, the next {@link flush} retries; if it's broken, pending lines are dropped.
 */
export class StandardError {
  readonly #waiting: Buffer[] = [];
  #isWriting = false;

  /** Whether everything has been written or dropped. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && !this.#isWriting;
  }

  write(line: string): void {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(Buffer.from(`${line}\n`));
    this.flush();
  }

  flush(): void {
    const [next] = this.#waiting;
    if (!next || this.#isWriting) return;
    this.#isWriting = true;
    // Not `writeSync`: if another process made the pipe blocking, that would hang the watch.
    write(2, next, (error, written) => {
      this.#isWriting = false;
      if (error?.code === "EAGAIN") return;
      if (error) this.#waiting.length = 0;
      else if (written < next.length) this.#waiting[0] = next.subarray(written);
      else this.#waiting.shift();
      this.flush();
    });
  }
}
