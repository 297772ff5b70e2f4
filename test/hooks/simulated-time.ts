import type { TimeSource } from "#src/hooks/sweeping-budgets.js";

/** Time that passes when a test says so. */
export class SimulatedTime implements TimeSource {
  #now = 0;
  readonly #running = new Set<() => void>();

  now(): number {
    return this.#now;
  }

  date(): number {
    return 1_700_000_000_000 + this.#now;
  }

  every(_intervalMs: number, run: () => void): () => void {
    this.#running.add(run);
    return () => void this.#running.delete(run);
  }

  /** How many intervals run. */
  get intervals(): number {
    return this.#running.size;
  }

  /** The event loop is busy for so long; then each interval is due, once. Promises that are settled are answered before and after. */
  async pass(ms: number): Promise<void> {
    await new Promise(setImmediate);
    this.#now += ms;
    this.#running.forEach((run) => run());
    await new Promise(setImmediate);
  }
}
