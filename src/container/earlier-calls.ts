import type { Watchdog, Watched } from "../hooks/watchdog.js";

/** What may still call a module: the waiting dispatches of one plan, or the running requests of one web resource. */
export interface CallsOf {
  /** The id of the module. */
  readonly module: string;
  /** What the watchdog knows them by. */
  readonly report: Watched["report"];
}

/** How often to look whether the calls have ended, in milliseconds. */
const LOOK_MS = 10;

/** Dispatches and web requests that began before the modules changed: they go on with the modules that they began with. */
export class EarlierCalls {
  #all: readonly CallsOf[] = [];

  constructor(private readonly watchdog: Watchdog) {}

  add(calls: readonly CallsOf[]): void {
    this.#all = [...this.#all, ...calls];
    this.#forgetEnded();
  }

  /**
   * Waits until none of them can call a module any more.
   *
   * @returns whether that is so; false once `limitMs` milliseconds have passed
   */
  async ended(module: string, limitMs: number): Promise<boolean> {
    for (const end = performance.now() + limitMs; ;) {
      this.#forgetEnded();
      if (!this.#all.some((calls) => calls.module === module)) return true;
      if (performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** They hold on to the modules that they call. */
  #forgetEnded(): void {
    const waiting = this.watchdog.waitingFor();
    this.#all = this.#all.filter(({ report }) => waiting.has(report));
  }
}
