/** That something has changed, for those who wait. */
export class News {
  /** Counts the changes. */
  count = 0;
  #isClosed = false;
  readonly #waiting = new Set<() => void>();

  get isClosed(): boolean {
    return this.#isClosed;
  }

  announce(): void {
    this.count += 1;
    for (const wake of this.#waiting) wake();
  }

  /** Sends home who waits: the server stops. */
  close(): void {
    this.#isClosed = true;
    this.announce();
  }

  /** Resolves when more has changed than `seen`, after `timeoutMs`, or when the signal aborts. */
  async after(seen: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.count > seen || this.#isClosed || signal.aborted) return;
    let done = () => {};
    const timer = setTimeout(() => done(), timeoutMs);
    await new Promise<void>((resolve) => {
      done = resolve;
      this.#waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
    clearTimeout(timer);
    this.#waiting.delete(done);
    signal.removeEventListener("abort", done);
  }
}
