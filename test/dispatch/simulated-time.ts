import type { TimeSource } from "#src/dispatch/sweeping-budgets.js";

/** Time that passes when a test says so. */
export class SimulatedTime implements TimeSource {
  #now = 0;
  /** What is called at intervals, and whether the process lives on for it. */
  readonly #running = new Map<() => void, boolean>();

  now(): number {
    return this.#now;
  }

  date(): number {
    return 1_700_000_000_000 + this.#now;
  }

  every(_intervalMs: number, run: () => void, keepsAlive: boolean): () => void {
    this.#running.set(run, keepsAlive);
    return () => void this.#running.delete(run);
  }

  /** How many intervals run. */
  get intervals(): number {
    return this.#running.size;
  }

  /** How many of them keep the process alive. */
  get keepingAlive(): number {
    return Array.from(this.#running.values()).filter(Boolean).length;
  }

  /** The event loop is busy for so long; then each interval is due, once. Promises that are settled are answered before and after. */
  async pass(ms: number): Promise<void> {
    await new Promise(setImmediate);
    this.#now += ms;
    for (const run of this.#running.keys()) run();
    await new Promise(setImmediate);
  }
}
