/** The intervals of a length that are running, by their timers; they may be called before their time. */
export class Intervals implements Disposable {
  readonly #running = new Map<unknown, () => void>();
  readonly #real = { setInterval, clearInterval };

  constructor(lengthMs: number) {
    globalThis.setInterval = ((callback: () => void, ms: number) => {
      const timer = this.#real.setInterval(callback, ms);
      if (ms === lengthMs) this.#running.set(timer, callback);
      return timer;
    }) as typeof setInterval;
    globalThis.clearInterval = (timer) => {
      this.#running.delete(timer);
      this.#real.clearInterval(timer);
    };
  }

  get count(): number {
    return this.#running.size;
  }

  /** Calls each, as if its time had come. */
  elapse(): void {
    for (const callback of this.#running.values()) callback();
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#real);
  }
}
