import type { Watchdog, Watched } from "../dispatch/watchdog.js";
import type { RunningModule } from "./running-module.js";

/** What may still call a module: the waiting dispatches of one plan, or the running requests of one web resource. */
export interface CallsOf {
  /** The id of the module. */
  readonly module: string;
  /** What the watchdog knows them by. */
  readonly report: Watched["report"];
}

/** How often to look whether the calls have ended, in milliseconds. */
const LOOK_MS = 10;

/** A module that waits for its last calls. */
type Leaving = Pick<RunningModule, "info" | "log">;

interface Waiting {
  readonly module: Leaving;
  readonly until: number;
  readonly resolve: (hasEnded: boolean) => void;
}

/**
 * Dispatches and web requests that began before the modules changed: they go on with the modules that they began with, and so
 * do the calls in shadow that stand beside them.
 */
export class EarlierCalls {
  #all: readonly CallsOf[] = [];
  #waiting: readonly Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param isInShadow whether calls in shadow of a module wait or run */
  constructor(
    private readonly watchdog: Watchdog,
    private readonly isInShadow: (module: Leaving) => boolean,
  ) {}

  add(calls: readonly CallsOf[]): void {
    this.#all = [...this.#all, ...calls];
    this.#look();
  }

  /**
   * Waits until none of them can call a module any more.
   *
   * @returns whether that is so; false once `limitMs` milliseconds have passed
   */
  ended(module: Leaving, limitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting = [...this.#waiting, { module, until: performance.now() + limitMs, resolve }];
      this.#look();
    });
  }

  #look(): void {
    const running = this.watchdog.waitingFor();
    // They hold on to the modules that they call.
    this.#all = this.#all.filter(({ report }) => running.has(report));
    const called = new Set(this.#all.map(({ module }) => module));
    const now = performance.now();
    this.#waiting = this.#waiting.filter(({ module, until, resolve }) => {
      const isCalled = called.has(module.info.id) || this.isInShadow(module);
      const goesOn = isCalled && now < until;
      if (!goesOn) resolve(!isCalled);
      return goesOn;
    });
    if (this.#waiting.length > 0) this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
