import { write } from "node:fs";

/** A line that hasn't been taken after so many others is dropped. */
const MOST_WAITING = 20;

/**
 * Lines on standard error, written directly: a stream of a worker goes through the main thread, which is blocked. Never
 * waits: a pipe that is full is tried again by the next {@link flush}, and a broken one drops what is there.
 */
export class StandardError {
  readonly #waiting: Buffer[] = [];
  #isWriting = false;

  /** Whether all that was written has been taken, or dropped. */
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
    // Not `writeSync`: where another process has made the pipe a blocking one, that would end the watch.
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
